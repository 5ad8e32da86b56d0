"""How a model can be told to go about a task: our wording of the strategies that the Orca papers name."""

GENERIC = "You are a careful assistant. Give truthful, well-founded answers, and decline what would do harm."

STRATEGIES = {
    "direct": "Answer directly and briefly.",
    "step_by_step": "Work through the task in numbered steps. Then state the answer.",
    "recall_then_generate": "First list the facts that you recall and that matter here. Then answer from them.",
    "recall_reason_generate": "List the facts that matter, reason over them in the open, and then answer.",
    "explain_then_answer": "Explain the reasoning that decides the question. Then answer.",
    "draft_and_revise": "Write a draft, find fault with it, and then write the better answer.",
}

# What explanations are asked for with, one after the other, so that the traces differ in kind.
EXPLAINING = ("step_by_step", "explain_then_answer", "recall_reason_generate", "draft_and_revise")

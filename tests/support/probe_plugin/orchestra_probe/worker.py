"""The probe's worker half: one function for each thing that a test wants a run to do."""

import json
import os
import subprocess
import sys
import threading
import time


def run(request, context):
    wish = {**request.configuration, **request.input}
    return globals()["do_" + wish["do"]](wish, context)


def do_echo(wish, context):
    context.log("echo begins")
    return {"answer": wish.get("text"), "environment": dict(os.environ), "folder": os.getcwd(), "path": sys.path}


def do_count(wish, context):
    for i in range(wish["count"]):
        context.log(f"line {i}", level="DEBUG" if i % 2 else "INFO", i=i)
        time.sleep(wish["seconds"])
    return {"counted": wish["count"]}


def do_lend_key(wish, context):
    """Leaves the address and the key of its model calls in a file, for whoever tries them out (`let_end`)."""
    with open("key.tmp", "w") as file:
        json.dump({"url": context.gateway_url, "key": context.gateway_key}, file)
    os.replace("key.tmp", "key")
    while not os.path.exists("enough"):
        time.sleep(wish["seconds"])
    return {"counted": 0}


def do_count_on(wish, context):
    """Counts until a test says that it is enough (`let_end`)."""
    count = 0
    while not os.path.exists("enough"):
        context.log(f"line {count}")
        count += 1
        time.sleep(wish["seconds"])
    return {"counted": count}


def do_flood(wish, context):
    """Logs the text, `count` times, as fast as it can."""
    for _ in range(wish["count"]):
        context.log(wish["text"])


def do_tick(wish, context):
    """Logs what time it is, `count` times."""
    for _ in range(wish["count"]):
        time.sleep(wish["seconds"])
        context.log(repr(time.time()))


async def do_async(wish, context):
    import asyncio

    with context.step("outer", type="agent"), context.step("inner", type="tool", arguments={"a": 1}) as step:
        await asyncio.sleep(wish["seconds"])
        step.result(result="done")
    return {"answer": "async"}


def do_generate(wish, context):
    yield {"kind": "log", "message": "from a generator"}
    yield {"kind": "output", "data": {"answer": "generated"}}


async def do_sleep_async(wish, context):
    import asyncio

    await asyncio.sleep(wish["seconds"])


def do_sleep(wish, context):
    context.log("sleeping")
    time.sleep(wish["seconds"])
    return {"answer": "slept"}


def do_tidy(wish, context):
    context.on_cancel(lambda: context.log("the framework was told to stop"))
    try:
        time.sleep(wish["seconds"])
    finally:
        context.log("tidied up")


def do_soft(wish, context):
    """Has a soft stop of its own, and returns once it was used."""
    stopped = threading.Event()
    context.on_cancel(stopped.set)
    context.log("waits softly")
    stopped.wait(wish["seconds"])
    context.log("stopped softly")


def do_hog(wish, context):
    """Takes `count` megabytes, half of them in a child."""
    context.log("hungry")
    command = f"import time; kept = b'x' * {wish['count'] * 500_000}; time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", command])
    kept = b"x" * (wish["count"] * 500_000)
    time.sleep(wish["seconds"])
    return {"answer": len(kept)}


def do_stubborn(wish, context):
    """Swallows every attempt to stop it, as frameworks with a bare `except` do."""
    context.log("stubborn")
    deadline = time.monotonic() + wish["seconds"]
    while time.monotonic() < deadline:
        try:
            time.sleep(1)
        except BaseException:
            pass


def do_raise(wish, context):
    raise ValueError(wish.get("text") or "something broke")


def do_fail(wish, context):
    context.fail("The task cannot be done.", **({"failure": wish["text"]} if wish.get("text") else {}))


def do_fail_until(wish, context):
    """Fails, or dies of `text` (a signal's name), in the first `count` attempts, which it counts in a file."""
    with open("attempts", "a+") as file:
        file.write("x")
        file.seek(0)
        attempt = len(file.read())
    context.log(f"attempt {attempt}")
    time.sleep(wish["seconds"])
    if attempt > wish["count"]:
        return {"attempt": attempt, "folder": os.getcwd()}
    if (wish.get("text") or "").startswith("SIG"):
        import signal

        print(f"about to die of {wish['text']}")
        os.kill(os.getpid(), getattr(signal, wish["text"]))
        time.sleep(60)
    context.fail(f"Attempt {attempt} did not work.", failure=wish.get("text") or "model_unreachable")


def do_leave(wish, context):
    """Leaves the input's `files` (path: text), and `links` (path: where it leads)."""
    for path, text in wish.get("files", {}).items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    for path, goal in wish.get("links", {}).items():
        os.symlink(goal, path)


def do_unknown_model(wish, context):
    """Asks for a model that is not there, and fails as frameworks do: without a word of why."""
    wish["text"] = ask(context, "no-such-model")[0]
    raise RuntimeError("the framework gives up")


def do_ask(wish, context):
    """Asks `text`, or what the input's `ask` says, `count` times, and gives the answers."""
    given = wish.get("ask") or {}
    return {"answers": [context.ask(wish.get("text") or "Go on?", **given) for _ in range(wish["count"])]}


def do_ask_patiently(wish, context):
    """Asks for as long as `seconds`, and goes on without an answer."""
    try:
        return {"answer": context.ask("Go on?", timeout=wish["seconds"])}
    except TimeoutError as error:
        return {"answer": "nobody", "error": str(error)}


async def do_ask_async(wish, context):
    import asyncio

    asked = [context.ask_async("First?"), context.ask_async("Second?", choices=["a", "b"])]
    third = asyncio.to_thread(context.ask, "Third?", schema={"type": "integer", "minimum": 1})
    return {"answers": await asyncio.gather(*asked, third)}


def do_exhaust(wish, context):
    raise MemoryError("cannot allocate")


def do_print(wish, context):
    for i in range(wish["count"]):
        print(f"out {i}")
    print("to stderr", file=sys.stderr)
    os.write(1, b"\xff\xfe binary \x00 and no end")


def do_segfault(wish, context):
    import ctypes

    print("about to crash")
    ctypes.string_at(0)


def do_spill(wish, context):
    """Prints `count` megabytes of lines of a thousand bytes, as fast as it can."""
    block = b"".join(b"%0999d\n" % i for i in range(1000))
    for _ in range(wish["count"]):
        os.write(1, block)


def do_garbage(wish, context):
    """Prints what no encoding knows, and one line of fifty megabytes; logs lone surrogates."""
    os.write(1, bytes(range(256)).replace(b"\n", b"") * 4 + b"\n")
    sys.stdout.write("surrogate \ud800 printed\n")
    context.log("surrogate \udfff logged", data={"\ud800": "\udc00"})
    sys.stdout.flush()
    os.write(1, b"x" * 50_000_000 + b"\n")
    print("after the long line")


def do_close_pipes(wish, context):
    """Closes its standard descriptors; what it opens next gets their numbers."""
    print("before")
    sys.stdout.flush()
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    with open("own file", "w") as file:
        context.log(f"open at {file.fileno()}")
        try:
            print("into the file")
            subprocess.run(["true"], check=True)
        except OSError as error:
            context.log(f"printing: {error}")
    return {"answer": "closed"}


def do_fork(wish, context):
    """Forks a child that neither execs nor ends, in a session of its own, and one that comes back from here."""
    import signal

    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(100_000)
    if (second := os.fork()) == 0:
        return {"answer": "the child's"}
    os.waitpid(second, 0)
    context.log(f"forked {child}")
    time.sleep(wish["seconds"])
    return {"answer": "the parent's"}


def do_fill(wish, context):
    """Writes zeros into a file until the disk is full, then logs for ever, or raises if `text` says so."""
    with open("zeros", "wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError as error:
            if wish.get("text") == "raise":
                raise
            while True:
                context.log(f"no room: {error}")


def do_exit(wish, context):
    os._exit(wish["count"])


def do_family(wish, context):
    """Leaves a child, and a grandchild in a session of its own, both deaf to SIGTERM."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    nested = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {deaf!r}], start_new_session=True)"
    subprocess.Popen([sys.executable, "-c", deaf])
    subprocess.run([sys.executable, "-c", nested], check=True)
    context.log("family started")
    time.sleep(wish["seconds"])
    return {"answer": "left a family behind"}


def do_forge(wish, context):
    context.emit("status", "All is well.", status="COMPLETED")
    context.emit("no such kind", "hello")
    with open(os.path.join(os.path.dirname(context.folder), "1", "events.jsonl"), "ab") as journal:
        journal.write(b"this is no event\n")
    context.log("NUL \x00 and surrogate \ud800", data={"\udfff": "\x00"})
    return {"answer": "NUL \x00 surrogate \ud800", "nan": float("nan"), "object": object()}


def do_chat(wish, context):
    """Asks the gateway, `count` times."""
    answers = []
    for _ in range(wish["count"]):
        answers.append(ask(context)[1])
        time.sleep(wish["seconds"])
    return {"answers": answers, "key": context.gateway_key}


def do_talk(wish, context):
    """Asks the model named by `text` once, and fails if it is refused, as a sound framework does."""
    with context.step("talk", type="llm"):
        status, answer = ask(context, wish["text"])
        print(f"the gateway said {status}")
        if status != 200:
            context.fail(f"The model was refused ({status}).", failure="model_refused")
    return {"answer": answer}


def do_resist(wish, context):
    """Goes on asking the gateway whatever happens, and logs what it gets."""
    deadline = time.monotonic() + wish["seconds"]
    while time.monotonic() < deadline:
        try:
            context.log(f"answered {ask(context)[0]}")
            time.sleep(0.05)
        except BaseException:
            pass


def do_insist(wish, context):
    """Asks the gateway, `count` times, waiting while it is away; counts refusals."""
    refused = 0
    for _ in range(wish["count"]):
        try:
            status = ask(context)[0]
            refused += status != 200
            context.log(f"answered {status}")
        except OSError:
            context.log("nobody there")
        time.sleep(wish["seconds"])
    return {"refused": refused}


def ask(context, model="scripted"):
    """The status and the text of one answer of the gateway."""
    import urllib.error
    import urllib.request

    body = {"model": model, "messages": [{"role": "user", "content": "hello"}]}
    call = urllib.request.Request(
        context.gateway_url + "/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {context.gateway_key}"},
    )
    try:
        with urllib.request.urlopen(call) as response:
            return response.status, json.load(response)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


def do_say(wish, context):
    """Says one text in every way there is."""
    text = wish["text"]
    context.log(text, note=text)
    context.token(text, name=text)
    context.message(text, name=text)
    context.message(text, role="tool", name=text)
    with context.step(text, type=text, arguments=text) as step:
        step.result(result=text)
    print(text)
    return {"answer": text, text: text}


def do_vandal(wish, context):
    """Does to its own journal what `text` says, then goes on as if nothing had happened."""
    journal = os.path.join(os.path.dirname(context.folder), "1", "events.jsonl")
    how = wish["text"]
    if how == "folder":
        import shutil

        shutil.rmtree(os.path.dirname(journal))
    elif how == "deep":
        context.log("deep", deep=nested(400))
        with open(journal, "a") as file:
            file.write('{"kind": "log", "data": ' + '{"a":' * 990 + "1" + "}" * 991 + "\n")
    elif how == "truncate":
        os.truncate(journal, 0)
    else:
        os.remove(journal)
        if how == "pipe":
            os.mkfifo(journal)
        elif how == "link":
            os.symlink("/dev/zero", journal)
        elif how == "replace":
            with open(journal, "w") as file:
                file.write("x")
    time.sleep(wish["seconds"])
    return {"answer": "done", "deep": nested(300)}


def nested(depth):
    value = "bottom"
    for _ in range(depth):
        value = {"a": [value]} if depth % 2 else [value]
    return value


def do_hide(wish, context):
    """Starts a process that has neither the marker in its environment nor a parent, and returns."""
    sleep = "s.Popen(['sleep', '98765'], env={}, start_new_session=True, stdout=s.DEVNULL)"
    command = f"import subprocess as s; print({sleep}.pid)"
    started = subprocess.run([sys.executable, "-c", command], check=True, stdout=subprocess.PIPE, text=True)
    context.log(f"hidden {started.stdout}")
    time.sleep(wish["seconds"])
    return {"answer": "hidden"}


def do_ask_raw(wish, context):
    """Asks the model named by `text` once; status and body of what comes back."""
    import urllib.error
    import urllib.request

    body = {"model": wish["text"], "messages": [{"role": "user", "content": "hello"}]}
    call = urllib.request.Request(
        context.gateway_url + "/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {context.gateway_key}"},
    )
    try:
        with urllib.request.urlopen(call) as response:
            return {"status": response.status, "body": response.read().decode()}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, "body": error.read().decode()}

"""A bare NiceGUI app, for comparison: one page with a label, served as ours is. Argument: the port."""

import sys

import uvicorn
from fastapi import FastAPI
from nicegui import ui

app = FastAPI()


@app.get("/api/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}


ui.run_with(app, root=lambda: ui.label("hello"), show_welcome_message=False)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")

"""A bare FastAPI app, for comparison. Arguments: the port, and a file to be served at /api/agents if you like."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

app = FastAPI()
answer = Path(sys.argv[2]).read_bytes() if len(sys.argv) > 2 else b""


@app.get("/api/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.get("/api/agents")
def agents(limit: int = 10) -> Response:
    return Response(answer, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")

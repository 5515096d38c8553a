"""What users of the official Python client do, against the simulator. Prints one JSON object with what came of it."""

import json
import os
import sys
import threading
import time
import urllib.request
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

import openai

warnings.filterwarnings("ignore", category=DeprecationWarning)

url = sys.argv[1]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-simulator", max_retries=0)
threads = client.beta.threads
assistant_id = "asst_simulator"
poll = {"poll_interval_ms": 5}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
    },
}


def thread_with(prompt):
    return threads.create(messages=[{"role": "user", "content": prompt}]).id


def answer_of(run):
    messages = threads.messages.list(run.thread_id, run_id=run.id)
    return messages.data[0].content[0].text.value


def create_and_poll():
    run = threads.runs.create_and_poll(
        thread_id=thread_with("What is 2+2?"), assistant_id=assistant_id, **poll
    )
    return {"status": run.status, "answer": answer_of(run), "tokens": run.usage.total_tokens}


def create_and_run_poll():
    run = threads.create_and_run_poll(
        assistant_id=assistant_id,
        thread={"messages": [{"role": "user", "content": "What is 6*7?"}]},
        **poll,
    )
    return {"status": run.status, "answer": answer_of(run)}


def submit_tool_outputs_and_poll():
    thread_id = thread_with("Add 2 and 3")
    run = threads.runs.create_and_poll(
        thread_id=thread_id, assistant_id=assistant_id, tools=[ADD], **poll
    )
    waiting = run.status
    outputs = [
        {"tool_call_id": call.id, "output": str(sum(json.loads(call.function.arguments).values()))}
        for call in run.required_action.submit_tool_outputs.tool_calls
    ]
    run = threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=thread_id, tool_outputs=outputs, **poll
    )
    steps = [step.type for step in threads.runs.steps.list(run_id=run.id, thread_id=thread_id, limit=1)]
    return {"waiting": waiting, "status": run.status, "answer": answer_of(run), "steps": steps}


def stream():
    class Handler(openai.AssistantEventHandler):
        text = ""

        def on_text_delta(self, delta, snapshot):
            self.text = snapshot.value

    handler = Handler()
    with threads.runs.stream(
        thread_id=thread_with("What is 3+4?"), assistant_id=assistant_id, event_handler=handler
    ) as events:
        names = [event.event for event in events]
    return {"first": names[0], "last": names[-1], "text": handler.text}


def response_in_background():
    response = client.responses.create(model="gpt-sim", input="What is 2+2?", background=True)
    created = response.status
    while response.status in ("queued", "in_progress"):
        time.sleep(0.005)
        response = client.responses.retrieve(response.id)
    return {"created": created, "status": response.status, "text": response.output_text}


def webhook():
    """A receiver in Python, told to the simulator, that unwraps what it gets."""
    secret = "whsec_c2ltdWxhdG9yLXRlc3Qtc2VjcmV0"
    received = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            received.append((body, dict(self.headers)))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = {
        "url": f"http://127.0.0.1:{server.server_port}/hook",
        "secret": secret,
        "eventTypes": ["response.completed"],
    }
    urllib.request.urlopen(
        urllib.request.Request(
            f"{url}/_simulator/webhooks",
            data=json.dumps(endpoint).encode(),
            headers={"content-type": "application/json"},
        )
    )
    response = client.responses.create(model="gpt-sim", input="Hello", background=True)
    if not arrived.wait(10):
        raise RuntimeError("no webhook came")
    server.shutdown()
    body, headers = received[0]
    event = client.webhooks.unwrap(body, headers, secret=secret)
    try:
        client.webhooks.unwrap(body + " ", headers, secret=secret)
        forged = "accepted"
    except openai.InvalidWebhookSignatureError:
        forged = "refused"
    return {"type": event.type, "same": event.data.id == response.id, "forged": forged}


def errors():
    found = []
    for attempt in (
        lambda: threads.retrieve("thread_x"),
        lambda: threads.runs.create(thread_with("Hello"), assistant_id="asst_x"),
        lambda: client.with_options(api_key="sk-wrong").beta.assistants.list(),
    ):
        try:
            attempt()
        except openai.APIStatusError as error:
            found.append([type(error).__name__, error.status_code, error.request_id is not None])
    return found


SECTIONS = [
    create_and_poll,
    create_and_run_poll,
    submit_tool_outputs_and_poll,
    stream,
    response_in_background,
    webhook,
    errors,
]

if __name__ == "__main__":
    os.environ.pop("OPENAI_WEBHOOK_SECRET", None)
    print(json.dumps({section.__name__: section() for section in SECTIONS}))

"""Runs a function in Python: finds its handler as AWS's runtime does, then takes one event at a time from the pipe that
the server holds the other end of, and answers each with what the handler gave."""

import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

PIPE = socket.socket(fileno=3)
READER = PIPE.makefile("r", encoding="utf-8", newline="\n")
ENV = os.environ
JSON_LOGS = ENV.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
REQUEST = {"id": None}


def tell(message):
    PIPE.sendall((json.dumps(message) + "\n").encode("utf-8"))


def flush(mark):
    """All that was printed has left before this returns: the mark says so on both streams."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.write("\0" + mark + "\0\n")
            stream.flush()
        except (ValueError, OSError):
            pass


class Fault(Exception):
    """The handler cannot be had."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.body = {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": list(stack)}


def error_body(error):
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": REQUEST["id"] or "",
        "stackTrace": traceback.format_list(own),
    }


def load(name):
    parts = name.rsplit(".", 1)
    if len(parts) != 2 or not all(parts):
        raise Fault(
            "Runtime.MalformedHandlerName",
            "Bad handler '{}': not enough values to unpack (expected 2, got {})".format(name, len(parts)),
        )
    path, function = parts
    sys.path.insert(0, ENV["LAMBDA_TASK_ROOT"])
    try:
        module = importlib.import_module(path.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '{}': {}".format(path, error)) from error
    except SyntaxError as error:
        text = "Syntax error in module '{}': {}".format(path, error)
        frame = '  File "{}" Line {}\n    {}\n'.format(error.filename, error.lineno, (error.text or "").rstrip())
        raise Fault("Runtime.UserCodeSyntaxError", text, [frame]) from error
    try:
        return getattr(module, function)
    except AttributeError:
        words = "Handler '{}' missing on module '{}'".format(function, path)
        raise Fault("Runtime.HandlerNotFound", words) from None


class Formatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        stamp = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        if not JSON_LOGS:
            text = "[{}]\t{}.{:03d}Z\t{}\t{}".format(
                record.levelname, stamp, int(record.msecs), REQUEST["id"] or "", record.getMessage()
            )
            if record.exc_info:
                text += "\n" + self.formatException(record.exc_info)
            return text.replace("\n", "\r")
        row = {
            "timestamp": stamp + "Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": REQUEST["id"],
        }
        if record.exc_info:
            row["errorType"] = record.exc_info[0].__name__
            row["errorMessage"] = str(record.exc_info[1])
            row["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(row, default=str)


class Context:
    """What the handler gets beside its event."""

    def __init__(self, order):
        self.aws_request_id = order["id"]
        self.invoked_function_arn = order["arn"]
        self.function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = client_context(order.get("clientContext"))
        self.identity = Identity()
        self._deadline = order["deadline"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline - time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class ClientContext:
    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = given.get("client")


def client_context(text):
    return None if text is None else ClientContext(json.loads(text))


def text_of(result):
    try:
        return json.dumps(result, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        words = "Unable to marshal response: {}".format(error)
        raise Fault("Runtime.MarshalError", words) from error


def log_error(body):
    if JSON_LOGS:
        print(json.dumps({"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "ERROR", **body}))
        return
    lines = "".join(body["stackTrace"])
    text = "[ERROR] {}: {}\nTraceback (most recent call last):\n{}".format(
        body["errorType"], body["errorMessage"], lines
    )
    print(text.rstrip("\n").replace("\n", "\r"))


def run(handler, order):
    REQUEST["id"] = order["id"]
    try:
        answer = {"type": "done", "body": text_of(handler(json.loads(order["event"]), Context(order)))}
    except Fault as fault:
        body = {**fault.body, "requestId": order["id"]}
        log_error(body)
        answer = {"type": "failed", "body": json.dumps(body)}
    except Exception as error:  # whatever the function raises is its answer
        body = error_body(error)
        log_error(body)
        answer = {"type": "failed", "body": json.dumps(body)}
    flush(order["id"])
    tell({**answer, "id": order["id"]})


def main():
    sys.stdout.reconfigure(line_buffering=True)
    root = logging.getLogger()
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(Formatter())
    root.addHandler(output)
    try:
        handler = load(ENV["_HANDLER"])
    except Fault as fault:
        log_error(fault.body)
        flush("init")
        tell({"type": "unable", "body": json.dumps(fault.body)})
        sys.exit(1)
    except Exception as error:  # raised while the module was loaded
        body = error_body(error)
        log_error(body)
        flush("init")
        tell({"type": "unable", "body": json.dumps(body)})
        sys.exit(1)
    flush("init")
    tell({"type": "ready"})
    for line in READER:
        run(handler, json.loads(line))


main()

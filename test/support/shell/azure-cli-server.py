"""Runs azure-cli for many commands, with its modules loaded once.

Loading takes most of the time of a command. This process loads azure-cli, then forks for each command that arrives on its
socket. The child runs azure-cli's own entry point, as `python -m azure.cli` does, with the words, environment, working
directory and streams of the caller. Commands share nothing but imported code.
"""

import array
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback

# What these import is loaded beforehand. --help ends before anything is asked of Azure.
EXAMPLES = (
    ["webapp", "update", "--help"],
    ["functionapp", "update", "--help"],
    ["logicapp", "update", "--help"],
    ["webapp", "config", "ssl", "bind", "--help"],
    ["rest", "--help"],
)


def run_azure_cli(words, before_exit=lambda: None):
    """Never returns: ends this process with azure-cli's exit status."""
    sys.argv = ["az", *words]
    try:
        runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        before_exit()
    finally:
        os._exit(status)


def modules_of(words):
    """The names of the modules that a command loads, as seen in a child that runs it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        run_azure_cli(words, lambda: os.write(writing, json.dumps(sorted(sys.modules)).encode()))
    os.close(writing)
    with os.fdopen(reading, "rb") as names:
        text = names.read()
    os.waitpid(child, 0)
    return json.loads(text)


def load_beforehand():
    for words in EXAMPLES:
        for name in modules_of(words):
            if name in sys.modules or name == "__main__":
                continue
            try:
                importlib.import_module(name)
            except Exception:
                pass  # A module that cannot be loaded alone is loaded by the command that needs it.


def receive(connection):
    size = array.array("i").itemsize
    text, ancillary, _, _ = connection.recvmsg(1 << 20, socket.CMSG_LEN(3 * size))
    streams = array.array("i")
    for _, _, data in ancillary:
        streams.frombytes(data[: len(data) - len(data) % size])
    while not text.endswith(b"\n"):
        text += connection.recv(1 << 20)
    return json.loads(text), streams


def answer(connection):
    request, streams = receive(connection)
    command = os.fork()
    if command == 0:
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        run_azure_cli(request["words"])
    _, ended = os.waitpid(command, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(ended)).encode())


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    # Nobody waits for those that answer.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(connection)
            os._exit(0)
        connection.close()


load_beforehand()
# What is loaded is shared with each child as it is: a collector that looks through it would copy it.
gc.collect()
gc.freeze()
serve(sys.argv[1])

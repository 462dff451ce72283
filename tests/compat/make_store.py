"""A tiny notebook whose store is committed, so that later versions are held to serve from it.

    python tests/compat/make_store.py stores/NAME.zip   # made by the workbench that is imported

`calls` are hits for as long as the call key stands; `steps` are hits in the Python that made the
store, for as long as the step key stands (`workbench.cells.inputs.SCHEMA`). A store is never made
anew: when a key changes, make another one beside it, named for what changed, and say in
`test_stores.py` what of the older one must still hit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CELLS = (
    "from openai import OpenAI\nclient = OpenAI(max_retries=0, api_key='sk-compat')",
    "mails = ['first mail', 'second mail', 'third mail']\nconfig = {'limit': 40, 'tags': ['a', 'b']}",
    """%%step answers
answers = []
for mail in mails:
    got = client.chat.completions.create(
        model="m", temperature=0, messages=[{"role": "user", "content": f"Summarise: {mail}"}]
    )
    answers.append(got.choices[0].message.content)
""",
    """%%step vectors
made = client.embeddings.create(model="e", input=mails, encoding_format="float")
vectors = [each.embedding for each in made.data]
""",
    """%%step streamed
chunks = client.chat.completions.create(
    model="m", stream=True, messages=[{"role": "user", "content": "Stream, please."}]
)
streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
""",
    """%%step lengths
lengths = {mail: len(mail) for mail in mails if len(mail) < config["limit"]}
print(sum(lengths.values()))
""",
    """%%step shared
shared = {"mails": mails, "pairs": [(mail, mail.upper()) for mail in mails]}
""",
)
PLAIN_STEPS = ("lengths", "shared")
NAMES = ("answers", "vectors", "streamed", "lengths", "shared")


def execute(folder, url):
    """Run the notebook in this process over the store in `folder`/cache; what came of it."""
    os.environ |= {"WORKBENCH_CACHE": str(folder / "cache"), "OPENAI_BASE_URL": url}
    os.chdir(folder)
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "workbench")
    shell.display_pub.publish = lambda *_args, **_kwargs: None
    for cell in CELLS:
        shell.run_cell(cell).raise_error()
    from workbench.store.folder import open_store

    store = open_store(folder / "cache")
    store.journal.flush()
    import workbench as wb

    steps = wb.sql("select name, status, why from steps order by started_at").fetchall()
    calls = wb.sql("select step, status from calls order by started_at").fetchall()
    store.close()
    values = {name: shell.user_ns[name] for name in NAMES}
    return {"values": values, "steps": steps, "calls": calls, "python": sys.version}


def run(folder, url):
    """Run the notebook in a process of its own; see `execute`."""
    (folder / "pyproject.toml").write_text("[tool.workbench]\n")
    command = [sys.executable, __file__, "--execute", str(folder), url]
    paths = [path for path in sys.path if path]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "WORKBENCH_"))}
    done = subprocess.run(
        command,
        env={**env, "PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": str(folder / "ipython")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def make(target):
    """Write a store's folder, and what its notebook gave, to a zip file."""
    sys.path.insert(0, str(HERE.parent))
    from provider import Provider

    provider = Provider()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = run(folder, provider.url)
        provider.stop()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            file.writestr("expected.json", json.dumps(made, indent=1))
            for path in sorted((folder / "cache").rglob("*")):
                if path.is_file():
                    file.write(path, path.relative_to(folder))
    print(json.dumps(made, indent=1))
    print(f"{target}: {Path(target).stat().st_size:,} bytes")


if __name__ == "__main__":
    if sys.argv[1] == "--execute":
        result = execute(Path(sys.argv[2]), sys.argv[3])
        sys.stdout.write("\n" + json.dumps(result, default=str) + "\n")
    else:
        make(sys.argv[1])

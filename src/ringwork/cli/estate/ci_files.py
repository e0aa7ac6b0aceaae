"""Files that have a code host plan each change of an estate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ringwork.kernel.refusal import Refused


class CodeHost(StrEnum):
    """Whose pipelines plan a change."""

    GITHUB = "github"
    GITLAB = "gitlab"


_FILES = {CodeHost.GITHUB: ".github/workflows/ringwork.yaml", CodeHost.GITLAB: ".gitlab-ci.yml"}

_TEXTS = {
    CodeHost.GITHUB: """\
# What a change would expose, break and need, beside the change. No server is asked.
name: ringwork
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
  pull-requests: write
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install ringwork
      - run: ringwork prove ESTATE
      - run: ringwork ci ESTATE --comment plan.md
      # A fork's pull request may not comment: its summary has the same.
      - if: always() && github.event_name == 'pull_request'
        continue-on-error: true
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.number }}
        run: gh pr comment "$NUMBER" --body-file plan.md --edit-last --create-if-none
""",
    CodeHost.GITLAB: """\
# What a change would expose, break and need, beside the change. No server is asked.
ringwork:
  image: python:3.12
  variables:
    GIT_DEPTH: "0"
  script:
    - pip install ringwork
    - ringwork prove ESTATE
    - ringwork ci ESTATE --comment plan.md --code-quality gl-code-quality-report.json
  artifacts:
    when: always
    paths: [plan.md]
    reports:
      codequality: gl-code-quality-report.json
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
""",
}


def write_ci(estate: Path, host: CodeHost) -> Path:
    """At the root of the repository `estate` lies in, or else in its folder. Raises Refused: there is one already."""
    folder = estate.resolve()
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    file = root / _FILES[host]
    if file.exists():
        help = "Add a step `ringwork ci` to it (docs/gates.md)."
        raise Refused("already-there", f"{file} is already there", help)
    name = folder.relative_to(root).as_posix()
    quoted = (
        name if name.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum() else None
    )
    text = _TEXTS[host].replace("ESTATE", "." if name == "." else quoted or f"'{name}'")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot write {error.filename}: {error.strerror}"
        raise Refused("not-writable", message, "Choose a folder you may write.") from None
    return file

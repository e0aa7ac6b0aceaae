"""Rulesets: what they may say, where it is found, and what is told of mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ringwork.kernel.findings import Severity
from ringwork.style.evaluating import RulesetUnusable, check
from ringwork.style.linting import lint
from ringwork.style.model import Level, Result
from ringwork.style.reading import read_ruleset

DOCUMENT = """\
openapi: 3.0.0
info: {title: rings, version: "1"}
paths:
  /a:
    get: {responses: {'200': {description: ok}}}
  /b:
    get: {responses: {'200': {description: ok}}}
"""
TITLE = "  title: {given: $.info.title, then: {function: pattern, functionOptions: {match: '^[A-Z]'}}}\n"


def results(folder: Path, ruleset: str, document: str = DOCUMENT, name: str = "api.yaml") -> list[Result]:
    """What a ruleset finds, written beside the document."""
    (folder / "rules.yaml").write_text(ruleset)
    read, findings = read_ruleset(folder / "rules.yaml")
    assert read is not None, findings
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document)
    return lint(document.encode(), file, read)


def codes(*arguments: Any, **named: Any) -> dict[str, Level]:
    return {result.code: result.level for result in results(*arguments, **named)}


def mistakes(folder: Path, ruleset: str) -> list[tuple[str, int]]:
    """Codes and lines of errors in a ruleset."""
    (folder / "rules.yaml").write_text(ruleset)
    read, findings = read_ruleset(folder / "rules.yaml")
    if read is not None:
        with pytest.raises(RulesetUnusable) as raised:
            check(read)
        findings = raised.value.findings
    return [(one.code, one.location.line) for one in findings if one.severity is Severity.ERROR]


def test_a_rule_has_the_severity_it_says(tmp_path: Path) -> None:
    for word, level in {"error": Level.ERROR, "1": Level.WARN, "info": Level.INFO, "3": Level.HINT}.items():
        rule = TITLE.replace("{given", f"{{severity: {word}, given")
        assert codes(tmp_path, f"rules:\n{rule}") == {"title": level}


def test_off_is_off(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"rules:\n{TITLE}")
    for word in ("off", "false", "-1"):
        assert codes(tmp_path, f"extends: ./base.yaml\nrules: {{title: {word}}}") == {}


def test_a_ruleset_extends_a_file_and_changes_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"rules:\n{TITLE}")
    assert codes(tmp_path, "extends: base.yaml\nrules: {title: error}") == {"title": Level.ERROR}
    assert codes(tmp_path, "extends: [[base.yaml, off]]\nrules: {title: true}") == {"title": Level.WARN}


def test_what_is_not_recommended_is_on_by_name_or_with_all(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("rules:\n" + TITLE.replace("{given", "{recommended: false, given"))
    assert codes(tmp_path, "extends: ./base.yaml") == {}
    assert codes(tmp_path, "extends: [[./base.yaml, all]]") == {"title": Level.WARN}
    assert codes(tmp_path, "extends: ./base.yaml\nrules: {title: hint}") == {"title": Level.HINT}


@pytest.mark.parametrize(
    "name",
    ["@rings/style", "@rings/style/main.yaml", "https://unpkg.com/@rings/style@1.2.3/main.yaml",
     "https://cdn.jsdelivr.net/npm/@rings/style@1/main.yaml", "https://unpkg.com/@rings/style"],
)  # fmt: skip
def test_packages_are_found_where_they_are_installed(tmp_path: Path, name: str) -> None:
    package = tmp_path / "node_modules" / "@rings" / "style"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"main": "main.yaml"}))
    (package / "main.yaml").write_text(f"rules:\n{TITLE}")
    assert codes(tmp_path, f"extends: ['{name}']") == {"title": Level.WARN}


@pytest.mark.parametrize(
    ("ruleset", "code"),
    [
        ("extends: '@rings/absent'", "ruleset-extends"),
        ("extends: https://rules.example.org/a.yaml", "ruleset-extends"),
        ("extends: ./absent.yaml", "ruleset-extends"),
        ("extends: ./rules.yaml", "ruleset-extends"),
        ("extends: spectral:asyncapi", "ruleset-extends"),
        ("rules: {a: {given: info, then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '$.a[', then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '$[?(@.a.map(b))]', then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '$[?(process.exit())]', then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '$[(@.length-1)]', then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '$.a^.b', then: {function: truthy}}}", "ruleset-given"),
        ("rules: {a: {given: '#Absent', then: {function: truthy}}}", "ruleset-alias"),
        ("aliases: {A: ['#B'], B: ['#A']}\nrules: {a: {given: '#A', then: {function: truthy}}}", "ruleset-alias"),
        ("rules: {a: {given: $, then: {function: absent}}}", "ruleset-function"),
        ("functions: [absent]\nrules: {}", "ruleset-function"),
        ("rules: {a: {given: $, then: {function: pattern}}}", "ruleset-function"),
        ("rules: {a: {given: $, then: {function: pattern, functionOptions: {match: '('}}}}", "ruleset-function"),
        ("rules: {a: {given: $, then: {function: casing, functionOptions: {type: title}}}}", "ruleset-function"),
        ("rules: {a: {given: $, then: {function: schema, functionOptions: {schema: {type: 1}}}}}", "ruleset-function"),
        ("rules: {absent: off}", "ruleset-rule-unknown"),
        ("rules: {a: {given: $}}", "ruleset-invalid"),
        ("rules: {a: {given: $, severity: bad, then: {function: truthy}}}", "ruleset-invalid"),
        ("rules: {a: {given: $, formats: [oas9], then: {function: truthy}}}", "ruleset-format"),
        ("rules: []", "ruleset-invalid"),
        ("{}", "ruleset-invalid"),
        ("[]", "ruleset-invalid"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_with_its_place(tmp_path: Path, ruleset: str, code: str) -> None:
    found = mistakes(tmp_path, "\n" + ruleset)
    assert code in {one for one, _ in found}
    assert all(line >= 1 for _, line in found)


def test_a_rule_that_is_off_is_checked_too(tmp_path: Path) -> None:
    rule = "rules: {a: {recommended: false, given: '$[', then: {function: truthy}}}"
    assert mistakes(tmp_path, rule) == [("ruleset-given", 1)]


def test_javascript_is_not_run_and_the_way_to_port_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "noRings.js").write_text("export default () => {}")
    (tmp_path / "rules.yaml").write_text("functions: [noRings]\nrules: {}")
    _, findings = read_ruleset(tmp_path / "rules.yaml")
    assert "def noRings(value, options, context)" in findings[0].help


def test_a_function_of_ones_own_is_asked_with_value_options_and_place(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "shout.py").write_text(
        "def shout(value, options, context):\n"
        "    if value['title'].upper() != value['title']:\n"
        "        return [{'message': f\"{context.rule} {options['end']}\", 'path': [*context.path, 'title']}, 'and']\n"
    )
    rule = "  loud: {given: $.info, then: {function: shout, functionOptions: {end: '!'}}}\n"
    found = results(tmp_path, f"functions: [shout]\nrules:\n{rule}")
    assert [(one.message, one.path) for one in found] == [("and", ("info",)), ("loud !", ("info", "title"))]


def test_messages_speak_of_what_was_found(tmp_path: Path) -> None:
    rule = (
        "  a: {given: $.info, description: why, message: '{{property}} {{path}} {{value}} {{error}} {{description}}', "
        "then: {field: title, function: falsy}}"
    )
    told = results(tmp_path, f"rules:\n{rule}")[0].message
    assert told == 'title #/info/title rings "title" property must be falsy why'


def test_overrides_change_rules_for_files(tmp_path: Path) -> None:
    ruleset = f"rules:\n{TITLE}overrides: [{{files: ['old/**/*.yaml'], rules: {{title: off}}}}]\n"
    assert codes(tmp_path, ruleset) == {"title": Level.WARN}
    assert codes(tmp_path, ruleset, name="old/deep/api.yaml") == {}


def test_overrides_change_severities_for_parts_of_a_document(tmp_path: Path) -> None:
    rule = "  described: {given: '$.paths.*.get', then: {field: description, function: truthy}}\n"
    part = "overrides: [{files: ['*.yaml#/paths/~1a'], rules: {described: error}}]\n"
    found = {one.path[1]: one.level for one in results(tmp_path, f"rules:\n{rule}{part}")}
    assert found == {"/a": Level.ERROR, "/b": Level.WARN}


def test_except_keeps_rules_from_parts(tmp_path: Path) -> None:
    rule = "  described: {given: '$.paths.*.get', then: {field: description, function: truthy}}\n"
    found = results(tmp_path, f"rules:\n{rule}except: {{'api.yaml#/paths/~1a': [described]}}\n")
    assert [one.path[1] for one in found] == ["/b"]


def test_aliases_say_for_which_formats_they_are(tmp_path: Path) -> None:
    aliases = "aliases: {T: {targets: [{formats: [oas3], given: $.info.title}, {formats: [oas2], given: $.info}]}}\n"
    found = results(tmp_path, f"{aliases}rules: {{a: {{given: '#T', then: {{function: falsy}}}}}}")
    assert [one.path for one in found] == [("info", "title")]


def test_parser_options_say_how_bad_names_are(tmp_path: Path) -> None:
    document = DOCUMENT.replace("'200'", "200") + "info: {title: Again}\n"
    assert codes(tmp_path, f"rules:\n{TITLE}", document)["parser"] is Level.ERROR
    quiet = "parserOptions: {duplicateKeys: off, incompatibleValues: off}\n"
    assert "parser" not in codes(tmp_path, f"{quiet}rules:\n{TITLE}", document)


# Documents


def test_a_finding_is_told_where_it_is_written_in_another_file_too(tmp_path: Path) -> None:
    (tmp_path / "parts.yaml").write_text("schemas:\n  Ring: {type: object, title: ring}\n")
    document = DOCUMENT + "components: {schemas: {R: {$ref: 'parts.yaml#/schemas/Ring'}}}\n"
    rule = "rules: {t: {given: '$.components..title', then: {function: falsy}}}"
    (found,) = results(tmp_path, rule, document)
    assert (Path(found.file).name, found.path, found.start) == (
        "parts.yaml",
        ("schemas", "Ring", "title"),
        (1, 30),
    )


def test_circles_of_references_end(tmp_path: Path) -> None:
    document = DOCUMENT + (
        "components: {schemas: {A: {properties: {b: {$ref: '#/components/schemas/B'}}}, "
        "B: {type: x, properties: {a: {$ref: '#/components/schemas/A'}}}, C: {$ref: '#/components/schemas/C'}}}\n"
    )
    rule = (
        "rules: {t: {given: '$..type', then: {function: falsy}}, "
        "s: {given: $, then: {function: schema, functionOptions: {schema: {}}}}}"
    )
    found = results(tmp_path, rule, document)
    assert [(one.code, one.path[-1]) for one in found] == [("t", "type"), ("invalid-ref", "$ref")]


def test_references_that_multiply_or_never_end_are_bounded(tmp_path: Path) -> None:
    def to(name: str) -> str:
        return f"{{$ref: '#/components/schemas/{name}'}}"

    chain = [f"S{at}: {{items: {to(f'S{at + 1}')}, example: 1, type: array}}" for at in range(5_000)]
    twice = [f"T{at}: {{allOf: [{to(f'T{at + 1}')}, {to(f'T{at + 1}')}]}}" for at in range(40)]
    ladder = [
        f"L{at}: {{$ref: '#/components/schemas/L{at + 1}/L/L/L', L: {to(f'L{at + 1}')}}}" for at in range(40)
    ]
    schemas = ", ".join([*chain, *twice, *ladder, "T40: {type: x}", "S5000: {}"])
    document = f"{DOCUMENT}components: {{schemas: {{{schemas}}}}}\n"
    rules = "rules:\n  oas3-valid-schema-example: error\n"
    rule = "  t: {given: '$..type', then: {function: enumeration, functionOptions: {values: [array]}}}\n"
    found = results(tmp_path, f"extends: [['spectral:oas', off]]\n{rules}{rule}", document)
    assert ("T40", "type") in {one.path[2:] for one in found if one.code == "t"}


@pytest.mark.parametrize("reference", ["https://a.example/x.yaml", "./absent.yaml", "#/absent", "/dev/zero"])
def test_a_reference_that_leads_nowhere_is_told_and_nothing_is_fetched(
    tmp_path: Path, reference: str
) -> None:
    document = DOCUMENT + f"components: {{schemas: {{R: {{$ref: '{reference}'}}}}}}\n"
    (found,) = results(tmp_path, f"rules:\n{TITLE.replace('A-Z', 'a-z')}", document)
    assert (found.code, found.path[-1]) == ("invalid-ref", "$ref")


def test_a_reference_in_an_example_is_data(tmp_path: Path) -> None:
    document = (
        DOCUMENT
        + "components: {schemas: {R: {example: {$ref: '#/nowhere'}, properties: {example: {$ref: '#/nowhere'}}}}}\n"
    )
    found = results(tmp_path, f"rules:\n{TITLE.replace('A-Z', 'a-z')}", document)
    assert [one.path[3] for one in found] == ["properties"]


def test_patterns_that_would_search_for_ever_end(tmp_path: Path) -> None:
    document = DOCUMENT.replace("rings", "a" * 60 + "!")
    rule = "rules: {a: {given: $.info.title, then: {function: pattern, functionOptions: {notMatch: '^(a|a)*(?=b)c$'}}}}"
    assert results(tmp_path, rule, document) == []


def test_a_document_of_no_known_format_is_told(tmp_path: Path) -> None:
    assert codes(tmp_path, "extends: spectral:oas", "title: x\n") == {"unrecognized-format": Level.WARN}

"""The command that runs the public DMN TCK tells right, wrong and refused results apart."""

import sys

from tests import dmn_tck
from tests.engine.decision_documents import decision, definitions, input_data, literal, requires

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>m.dmn</modelName>
  <testCase id="001"><inputNode name="n"><value xsi:type="xsd:decimal">1.5</value></inputNode>{results}</testCase>
</testCases>"""


def result(name, expected):
    return f'<resultNode name="{name}" type="decision"><expected>{expected}</expected></resultNode>'


def value(text, kind="string"):
    return f'<value xsi:type="xsd:{kind}">{text}</value>'


def run(folder, *results):
    needs = requires("n", kind="Input")
    model = definitions(
        input_data("n", "number"),
        decision("twice", literal("n * 2"), before=needs),
        decision("both", literal('[n, {a: "x", b: null, c: date("2026-03-02"), d: n > 1}]'), before=needs),
        decision("wrong", literal("n + true"), before=needs),
    )
    (folder / "m.dmn").write_bytes(model)
    (folder / "m-test-01.xml").write_text(CASES.format(results="".join(results)), encoding="utf-8")
    return [outcome.verdict for outcome in dmn_tck.run(folder)]


def test_right_and_wrong_results_are_told_apart(tmp_path):
    parts = {
        "a": value("x"),
        "b": '<value xsi:nil="true"/>',
        "c": value("2026-03-02", "date"),
        "d": value("true", "boolean"),
    }
    context = "".join(f'<component name="{name}">{part}</component>' for name, part in parts.items())
    right = f"<list><item>{value('1.5', 'decimal')}</item><item>{context}</item></list>"
    assert run(tmp_path, result("twice", value("3.000000001", "decimal")), result("both", right)) == ["pass", "pass"]
    for part, other in ((">x", ">y"), ("2026-03-02", "2026-03-03"), (">true", ">false"), ('nil="true"', 'nil="false"')):
        assert run(tmp_path, result("both", right.replace(part, other))) == ["fail"]
    assert run(tmp_path, result("twice", value("3.1", "decimal")), result("twice", value("3"))) == ["fail", "fail"]


def test_what_cannot_be_decided_is_refused_and_right_when_an_error_was_expected(tmp_path):
    wanted = result("wrong", '<value xsi:nil="true"/>')
    assert run(tmp_path, wanted, wanted.replace("<resultNode", '<resultNode errorResult="true"')) == ["refused", "pass"]
    assert run(tmp_path, result("missing", value("1"))) == ["refused"]
    cases = (tmp_path / "m-test-01.xml").read_text(encoding="utf-8")
    (tmp_path / "m-test-01.xml").write_text(cases.replace("m.dmn", "gone.dmn"), encoding="utf-8")
    assert [outcome.verdict for outcome in dmn_tck.run(tmp_path)] == ["refused"]


def test_the_command_prints_reasons_and_a_total(tmp_path, monkeypatch, capsys):
    run(tmp_path, result("twice", value("3", "decimal")), result("twice", value("4", "decimal")))
    monkeypatch.setattr(sys, "argv", ["dmn_tck", str(tmp_path)])
    assert dmn_tck.main() == 1
    printed = capsys.readouterr().out
    assert "fail    " in printed
    assert "expected Decimal('4'), got 3" in printed
    assert "2 results: 1 pass, 1 fail, 0 refused (50.0% passed)" in printed


def test_an_empty_folder_is_no_success(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["dmn_tck", str(tmp_path)])
    assert dmn_tck.main() == 1

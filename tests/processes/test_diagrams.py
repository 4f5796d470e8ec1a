"""The files as a modeler opens them: drawn completely, named in Chinese, sorted into lanes, citing real clauses."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest
from lxml import etree

from engine import diagram as diagrams
from engine.diagram import BPMN, Diagram, localname
from engine.working_days import WorkingDays
from tests.conftest import MONDAY_MORNING
from tests.processes.annex_4 import DATA
from tests.processes.journey import ROOT

KEYS = ("ticket_handling", "caller_contact", "department_handling", "callback")
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
Box = tuple[float, float, float, float]


def root(key: str) -> etree._Element:
    """The file's XML."""
    return etree.parse(ROOT / "processes" / key / f"{key}.bpmn").getroot()


def diagram(key: str) -> Diagram:
    """The one process of a file."""
    (found,) = diagrams.read(root(key))
    return found


def boxes(key: str) -> dict[str, Box]:
    """Element → x, y, right, bottom of its shape."""
    found = {}
    for shape in root(key).iter(f"{DI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        assert bounds is not None
        x, y, width, height = (float(bounds.get(name) or 0) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement") or ""] = (x, y, x + width, y + height)
    return found


def lines(key: str) -> dict[str, list[tuple[float, float]]]:
    """Sequence flow → its waypoints."""
    return {
        edge.get("bpmnElement") or "": [
            (float(point.get("x") or 0), float(point.get("y") or 0)) for point in edge.iterchildren(WAYPOINT)
        ]
        for edge in root(key).iter(f"{DI}BPMNEdge")
    }


@pytest.mark.parametrize("key", KEYS)
def test_folder_file_and_process_carry_the_same_key_and_say_where_they_come_from(key: str) -> None:
    found = diagram(key)
    assert (found.key, found.executable) == (key, True)
    documentation = found.node.findtext(f"{BPMN}documentation") or ""
    assert "据正文重建" in documentation


@pytest.mark.parametrize("key", KEYS)
def test_everything_is_drawn(key: str) -> None:
    found = diagram(key)
    assert set(found.elements) <= set(boxes(key))
    assert set(found.flows) == set(lines(key))


@pytest.mark.parametrize("key", KEYS)
def test_every_element_has_a_chinese_name_an_english_id_and_a_lane(key: str) -> None:
    listed = [reference.text for reference in root(key).iter(f"{BPMN}flowNodeRef")]
    for element in diagram(key).elements.values():
        assert re.search("[\u4e00-\u9fff]", element.name), element.id
        assert re.fullmatch("[a-z][a-z0-9_]*", element.id)
        assert listed.count(element.id) == 1, element.id


@pytest.mark.parametrize("key", KEYS)
def test_every_way_out_of_a_branching_gateway_is_named_and_one_is_the_default(key: str) -> None:
    found = diagram(key)
    for element in found.elements.values():
        ways = [flow for flow in found.flows.values() if flow.source == element.id]
        if element.type == "exclusiveGateway" and len(ways) > 1:
            default = element.node.get("default")
            assert default in {flow.id for flow in ways}
            assert all(flow.name for flow in ways), element.id
            assert all((flow.condition is None) == (flow.id == default) for flow in ways)


@pytest.mark.parametrize("key", KEYS)
def test_cited_clauses_exist_and_every_task_says_its_rule(key: str) -> None:
    known = set((DATA / "clause_ids.txt").read_text(encoding="utf-8").split())
    for element in diagram(key).elements.values():
        assert set(element.clauses) <= known, element.id
        if element.type in diagrams.ACTIVITIES:
            assert element.clauses, element.id
            assert element.documentation, element.id


@pytest.mark.parametrize("key", KEYS)
def test_the_regulations_numbers_are_named_rules_that_exist(key: str, working_days: WorkingDays) -> None:
    text = etree.tostring(root(key), encoding="unicode")
    named = set(re.findall(r"(?:deadline|rule)\('([a-z0-9_]+)'", text))
    for rule_id in named:
        assert working_days.rules.rule(rule_id, MONDAY_MORNING.date()).id == rule_id
    for element in diagram(key).elements.values():
        assert not re.search(r"P\d+D|PT\d+", etree.tostring(element.node, encoding="unicode")), element.id


@pytest.mark.parametrize("key", KEYS)
def test_lines_run_straight_and_never_cross_or_pass_through_a_step(key: str) -> None:
    found, drawn, placed = diagram(key), lines(key), boxes(key)
    for flow_id, points in drawn.items():
        flow = found.flows[flow_id]
        for start, end in pairwise(points):
            assert start[0] == end[0] or start[1] == end[1], flow_id
            for element in found.elements.values():
                touches = element.id in (flow.source, flow.target) or element.type == "subProcess"
                beside = element.attached_to == flow.source or element.id == flow.source
                assert touches or beside or not _passes(start, end, placed[element.id]), (flow_id, element.id)
    for one, other in combinations(drawn, 2):
        assert not _cross(drawn[one], drawn[other]), (one, other)


@pytest.mark.parametrize("key", KEYS)
def test_steps_stand_apart_and_boundary_events_on_their_border(key: str) -> None:
    found, placed = diagram(key), boxes(key)
    plain = [e for e in found.elements.values() if e.type not in ("subProcess", "boundaryEvent")]
    for one, other in combinations(plain, 2):
        assert not _overlap(placed[one.id], placed[other.id]), (one.id, other.id)
    for element in found.elements.values():
        if element.attached_to:
            x, y, right, bottom = placed[element.id]
            host = placed[element.attached_to]
            center = ((x + right) / 2, (y + bottom) / 2)
            assert center[0] in (host[0], host[2]) or center[1] in (host[1], host[3]), element.id
        parent = element.node.getparent()
        if parent is not None and localname(parent) == "subProcess":
            assert _inside(placed[element.id], placed[parent.get("id") or ""]), element.id


def _passes(start: tuple[float, float], end: tuple[float, float], box: Box) -> bool:
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return left < box[2] and right > box[0] and top < box[3] and bottom > box[1]


def _cross(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    for a, b in pairwise(one):
        for c, d in pairwise(other):
            if (a[0] == b[0]) == (c[0] == d[0]):
                continue
            (v1, v2), (h1, h2) = ((a, b), (c, d)) if a[0] == b[0] else ((c, d), (a, b))
            low, high = sorted((v1[1], v2[1]))
            left, right = sorted((h1[0], h2[0]))
            if left < v1[0] < right and low < h1[1] < high:
                return True
    return False


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]

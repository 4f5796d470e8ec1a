"""docker-compose.yml: asked of Docker where its compose plugin exists; our own strict reading everywhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from typing import Any

import click
import pytest
import yaml

from minhu.command_line import minhu
from tests.conftest import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SERVICE_KEYS = {
    "image",
    "build",
    "user",
    "read_only",
    "tmpfs",
    "cap_drop",
    "security_opt",
    "networks",
    "environment",
    "volumes",
    "restart",
    "command",
    "depends_on",
    "healthcheck",
    "deploy",
    "ports",
    "stop_grace_period",
}
OURS = ("migrate", "api", "worker")


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_docker_accepts_the_file_where_it_can_be_asked() -> None:
    plugin = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    if not plugin or plugin.returncode:
        assert set(yaml.safe_load(FILE.read_text(encoding="utf-8"))) == {
            "name",
            "x-application",
            "services",
            "networks",
            "volumes",
        }
        return
    environment = {**os.environ, "POSTGRES_PASSWORD": "only-for-this-check"}
    command = ["docker", "compose", "--file", str(FILE), "config", "--quiet"]
    checked = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert checked.returncode == 0, checked.stderr


def test_every_service_uses_known_keys_and_declared_networks_volumes_and_services(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file(), volume
            else:
                assert source in compose["volumes"], volume
        for other, how in service.get("depends_on", {}).items():
            assert other in services
            condition = how["condition"]
            assert condition in ("service_healthy", "service_completed_successfully")
            assert condition != "service_healthy" or "healthcheck" in services[other], other
            assert condition != "service_completed_successfully" or services[other]["restart"] == "no"


def test_the_replicas_are_stateless_copies_of_one_image_behind_the_only_published_port(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert len({services[name]["image"] for name in OURS}) == 1
    assert services["api"]["deploy"]["replicas"] == "${API_REPLICAS:-2}"
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["worker"]["environment"] == services["api"]["environment"]
    subnet = compose["networks"]["internal"]["ipam"]["config"][0]["subnet"]
    assert services["api"]["environment"]["TRUSTED_PROXY"] == subnet


def test_nothing_runs_as_root_writes_to_its_image_or_gains_rights(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "migrate" or service["healthcheck"]["test"], name


def test_images_are_pinned_and_no_password_has_a_default(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert name in OURS or re.fullmatch(r"[a-z]+:\d[\w.-]+", service["image"]), name
    used = VARIABLE.findall(FILE.read_text(encoding="utf-8"))
    assert {operator for variable, operator, _ in used if "PASSWORD" in variable} == {"?"}
    assert all(operator for _, operator, _ in used), "every variable is required or has a default"
    example = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    assert re.search(r"^POSTGRES_PASSWORD=$", example, re.MULTILINE)


def test_the_commands_of_the_services_exist(compose: dict[str, Any]) -> None:
    commands = [compose["services"][name]["command"] for name in OURS]
    commands.append(compose["services"]["worker"]["healthcheck"]["test"][1:])
    for command in commands:
        script = command[-1] if command[0] == "sh" else shlex.join(command)
        for part in script.split("&&"):
            program, verb, *arguments = shlex.split(part)
            assert program == "minhu"
            found = minhu.get_command(click.Context(minhu), verb)
            assert found is not None, part
            known = {option for each in found.params for option in each.opts}
            assert set(arguments) <= known, part


def test_the_proxy_overwrites_what_clients_claim_and_sends_no_mutation_twice() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert "non_idempotent" not in text
    assert "proxy_set_header Host $http_host;" in text

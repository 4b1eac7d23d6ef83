"""The container files: valid by their schema, without rights, without secrets, and in step with the program. They were never run here."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
every_service = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and what each is given."""
    parser = DockerfileParser(path=str(ROOT / "Dockerfile"), cache_content=False)
    return [(step["instruction"], step["value"]) for step in parser.structure]


def validated(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_compose_file_is_valid_by_the_schema_of_compose_and_a_misspelt_one_is_not(tmp_path: Path) -> None:
    done = validated(ROOT / "docker-compose.yml")
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healtcheck:"))
    assert validated(wrong).returncode == 1


@every_service
def test_a_service_says_how_it_is_and_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD" and service["restart"] == "unless-stopped"
    assert int(service["user"].partition(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged") and all(":" not in volume.partition(":")[2] for volume in service["volumes"])


@every_service
def test_what_a_service_keeps_and_knows_in_secret_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for setting, value in service["environment"].items():
        if re.search("PASSWORD|AUTH|SECRET|KEY", setting):
            assert setting.endswith("_FILE") and value.removeprefix("/run/secrets/") in service["secrets"]
    assert all(set(COMPOSE["secrets"][secret]) == {"file"} for secret in service["secrets"])
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert all(COMPOSE["secrets"][secret]["file"].startswith("./secrets/") for secret in service["secrets"]) and "secrets/" in ignored


def test_only_the_application_is_reached_from_this_machine_and_its_root_is_read_only() -> None:
    app, neo4j = SERVICES["app"], SERVICES["neo4j"]
    assert app["read_only"] and [port.split(":")[0] for port in app["ports"]] == ["127.0.0.1"]
    assert "ports" not in neo4j and all(COMPOSE["networks"][network]["internal"] for network in neo4j["networks"])
    assert app["depends_on"] == {"neo4j": {"condition": "service_healthy"}}


def test_the_settings_of_the_application_are_settings_that_there_are() -> None:
    known = set(re.findall(r"^\| `(FOODFLOW_\w+)`", (ROOT / "docs" / "settings.md").read_text(), re.M))
    assert set(SERVICES["app"]["environment"]) <= known


def test_the_neo4j_of_the_containers_is_the_one_that_the_tests_run_on() -> None:
    version = re.search(r"<artifactId>neo4j</artifactId>\s*<version>([\d.]+)</version>\s*</dependency>", (ROOT / "deploy/neo4j/pom.xml").read_text())
    assert version and SERVICES["neo4j"]["image"] == f"neo4j:{version[1]}-community"


def test_the_image_runs_a_command_of_ours_as_a_user_without_rights(steps: list[tuple[str, str]]) -> None:
    last = dict(steps)
    assert last["USER"] == SERVICES["app"]["user"] and f"--uid {last['USER'].partition(':')[0]} " in " ".join(value for _, value in steps)
    assert json.loads(last["ENTRYPOINT"]) == ["foodflow"] and json.loads(last["CMD"])[0] == "serve"
    told = last["HEALTHCHECK"]
    assert json.loads(told[told.index("[") :]) == SERVICES["app"]["healthcheck"]["test"][1:]
    assert not re.search("PASSWORD|SECRET|TOKEN", " ".join(value for name, value in steps if name in ("ENV", "ARG")))


def test_the_image_holds_every_folder_of_the_program_and_a_python_that_it_suits(steps: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {*project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"], "docs", "constraints.txt", "pyproject.toml", "README.md"}
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert wanted <= sent and all((ROOT / name).exists() for name in sent)
    images = [value.split()[0] for name, value in steps if name == "FROM"]
    assert len(set(images)) == 1
    minor = int(re.match(r"python:3\.(\d+)-", images[0])[1])  # type: ignore[index]
    assert project["project"]["requires-python"] == ">=3.11,<3.14" and 11 <= minor < 14

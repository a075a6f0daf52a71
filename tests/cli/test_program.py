"""The program as a whole: how it starts, how it ends, and what it is without its packages."""

import os
import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import labelaudit.cli
from labelaudit.cli.app import app

COMMANDS = sorted(get_command(app).commands)


def program(*arguments, before="", **kwargs):
    code = f"import sys; {before}\nfrom labelaudit.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | kwargs,
    )  # fmt: skip


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "labelaudit", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == labelaudit.__version__


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_packages_it_says_what_to_install(missing):
    done = program("--version", before=f"sys.modules['{missing}'] = None")
    needed = "labelaudit: the command line needs more packages: pip install 'labelaudit[app]'\n"
    assert done.communicate() == ("", needed)
    assert done.returncode == 2


def test_interrupted_while_it_starts_it_ends_without_a_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(labelaudit.cli, "_run", interrupted)
    with pytest.raises(SystemExit) as end:
        labelaudit.cli.main()
    assert end.value.code == 130


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_a_file_of_its_own(command):
    assert callable(getattr(import_module(f"labelaudit.cli.{command}"), command))


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_names_every_option(command):
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "--help" in result.output
    for name in COMMANDS if not command else ():
        assert name in result.output


def test_a_shell_completes_commands():
    asked = {"_LABELAUDIT_COMPLETE": "complete_bash", "COMP_WORDS": "labelaudit sc", "COMP_CWORD": "1"}
    result = CliRunner().invoke(app, [], env=asked, prog_name="labelaudit")
    assert result.output.split() == ["score"]


def test_output_that_is_no_utf8_does_not_fail(scored):
    done = program("issues", "run.parquet", PYTHONIOENCODING="ascii", COLUMNS="40")
    output, errors = done.communicate()
    assert (done.returncode, errors) == (0, "")
    assert "cat ? dog" in output


def test_a_reader_that_stops_early_sees_no_traceback(scored):
    with program("issues", "run.parquet", "--top", "200") as done:
        done.stdout.close()
        assert done.stderr.read() == ""

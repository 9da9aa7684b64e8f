"""The simulator as a program: what it prints, and how it ends."""

import subprocess
import sys
from pathlib import Path

from eventlet.green import ssl

from golub.local.ports import free_port
from tests.e2e.test_simulator_scenario import ACCOUNT, bind, fate, receipts, submit
from tests.unit.smpp_sessions.peers import RawPeer

ROOT = Path(__file__).resolve().parents[2]


def test_the_program_runs_a_scenario_with_tls_and_prints_its_seed(tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "smsc.pem")]
    subprocess.run(make + files, check=True, capture_output=True)
    port = free_port()
    path = tmp_path / "scenario.toml"
    path.write_text(
        ACCOUNT + f'[listen]\nport = {port}\ncertificate = "smsc.pem"\nkey = "key.pem"\n' + fate("undelivered")
    )
    argv = [sys.executable, "-m", "golub", "simulator", "--scenario", str(path)]
    program = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        assert program.stdout.readline().strip() == f"SMSC simulator listens on 127.0.0.1:{port}"
        assert program.stdout.readline().strip() == "Seed 11."
        context = ssl.create_default_context(cafile=tmp_path / "smsc.pem")
        plain = RawPeer.connect(("127.0.0.1", port)).sock
        peer = RawPeer(context.wrap_socket(plain, server_hostname="localhost"))
        bind(peer)
        submit(peer, "79000000001")
        assert b"stat:UNDELIV" in receipts(peer, 1)[0].short_message
        peer.close()
    finally:
        program.terminate()
        assert program.wait(20) == 0


def test_the_program_says_in_one_sentence_what_is_wrong_with_its_scenario(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text("response = -1")
    argv = [sys.executable, "-m", "golub", "simulator", "--scenario", str(path)]
    result = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("response must be milliseconds")

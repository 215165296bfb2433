"""Settings come from the environment, then the file, then their defaults; what will not do stops the start."""

import pytest

from placet.config import BadSettings, Config, DomainSetting, load_config

LONG = "x" * 32


def test_without_anything_every_setting_has_its_default():
    assert load_config(None, {"PATH": "/bin"}) == Config()


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path):
    file = tmp_path / "placet.toml"
    file.write_text('port = 1\nhost = "::1"\nbody_seconds = 2\n')
    config = load_config(None, {"PLACET_CONFIG": str(file), "PLACET_PORT": "2"})
    assert (config.port, config.host, config.body_seconds) == (2, "::1", 2.0)
    assert load_config(str(file), {}).port == 1


def test_doors_stand_in_the_file_or_as_json_in_the_environment(tmp_path):
    file = tmp_path / "placet.toml"
    file.write_text('[faces.mparticle]\nprefix = "/mp"\nhost = "mp.example.org"\n')
    doors = load_config(str(file), {}).faces
    assert doors.open() == {"mparticle": DomainSetting("/mp", "mp.example.org")}
    written = {"PLACET_FACES": '{"mparticle": {"prefix": "/mp", "host": "mp.example.org"}}'}
    assert load_config(None, written).faces == doors


@pytest.mark.parametrize("name", ["store_url", "master_secret"])
def test_a_secret_may_stand_in_a_file_and_is_never_shown(tmp_path, name):
    secret = tmp_path / "secret"
    secret.write_text("postgresql://placet:hunter2@db/placet-0123456789\n")
    environ = {"PLACET_MASTER_SECRET": LONG, f"PLACET_{name.upper()}": f"file:{secret}"}
    config = load_config(None, environ)
    assert getattr(config, name).startswith("postgresql://placet:hunter2")
    assert "hunter2" not in repr(config) and LONG not in repr(config)


@pytest.mark.parametrize(
    "environ, cure",
    [
        ({"PLACET_PROT": "1"}, "there is no setting PLACET_PROT. Did you mean port?"),
        ({"PLACET_ZZZZZZ": "1"}, "docs/reference/settings.md lists every setting"),
        ({"PLACET_PORT": "http"}, "wrong type"),
        ({"PLACET_LOG_LEVEL": "loud"}, "wrong type"),
        ({"PLACET_CONFIG": "/nowhere/placet.toml"}, "Name a file that exists"),
        ({"PLACET_MASTER_SECRET": "file:/nowhere"}, "Check the path"),
        ({"PLACET_STORE_URL": "mysql://x"}, "Use sqlite:"),
        ({"PLACET_STORE_URL": "postgresql://x"}, "Set PLACET_MASTER_SECRET"),
        ({"PLACET_MASTER_SECRET": "short"}, "openssl rand"),
        ({"PLACET_PORT": "70000"}, "Use a number from 0 to 65535"),
        ({"PLACET_SOCKET": "/run/x", "PLACET_PORT": "1"}, "Remove the other"),
        ({"PLACET_PUBLIC_URL": "https://x.example/path"}, "without a path"),
        ({"PLACET_PUBLIC_URL": "consent.example"}, "Write scheme and host"),
        ({"PLACET_CLIENT_ADDRESS_HOPS": "2"}, "Set it, or remove the hops"),
        ({"PLACET_CLIENT_ADDRESS_HEADER": "x", "PLACET_CLIENT_ADDRESS_HOPS": "0"}, "starts at 1"),
        ({"PLACET_HEADER_BYTES": "10"}, "Use header_bytes"),
        ({"PLACET_BODY_BYTES": "0"}, "must be at least 1"),
        ({"PLACET_SHUTDOWN_SECONDS": "0"}, "must be more than 0"),
        ({"PLACET_RATE_BURST": "0"}, "rate_burst at least 1"),
        ({"PLACET_TOKEN_LEEWAY_SECONDS": "-1"}, "must be 0 or more"),
        ({"PLACET_REFRESH_MS": "1"}, "refresh_ms must be"),
        ({"PLACET_GVL_LANGUAGES": "de"}, "belong together"),
        ({"PLACET_GVL_LANGUAGES": "de", "PLACET_GVL_TRANSLATIONS_URL": "https://x"}, "Write {language}"),
        ({"PLACET_GVL_LANGUAGES": "de DE", "PLACET_GVL_TRANSLATIONS_URL": "https://x/{language}"}, "in lower case"),
        ({"PLACET_GVL_REFRESH_HOURS": "0"}, "gvl_refresh_hours must be more"),
        ({"PLACET_FACES": "mparticle=/mp"}, "PLACET_FACES is not JSON"),
        ({"PLACET_FACES": '{"mparticel": {"prefix": "/mp"}}'}, "wrong type"),
        ({"PLACET_FACES": '{"mparticle": {"prefix": "mp"}}'}, "Begin it with a slash"),
        ({"PLACET_FACES": '{"mparticle": {"prefix": "/mp/"}}'}, "Begin it with a slash"),
        ({"PLACET_FACES": '{"mparticle": {"host": "https://mp.example"}}'}, "without scheme and port"),
        ({"PLACET_FACES": '{"mparticle": {"host": "x.example"}, "segment": {"host": "x.example"}}'}, "the same door"),
    ],
)
def test_what_is_unknown_or_contradictory_stops_the_start_with_its_cure(environ, cure):
    with pytest.raises(BadSettings) as stopped:
        load_config(None, environ)
    assert cure in str(stopped.value)


@pytest.mark.parametrize("text, cure", [("port = ", "Write lines such as"), ("prot = 1", "Did you mean port?")])
def test_a_file_that_will_not_do_is_named(tmp_path, text, cure):
    file = tmp_path / "placet.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=cure) as stopped:
        load_config(str(file), {})
    assert str(file) in str(stopped.value)

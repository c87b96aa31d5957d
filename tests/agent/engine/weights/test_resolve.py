"""From a model's name to its folder: real SDKs, each time in a new process, against both hubs' APIs."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest

from agent.engine.weights.download import DownloadStopped, Pace, Progress
from agent.engine.weights.folder import RECORD
from agent.engine.weights.hub import Source
from agent.engine.weights.resolve import AUTO_MODEL, GpuMemory, choose_auto, locate, read_gpus, resolve
from agent.errors import ModelError, ModelNotFound
from tests.agent.engine.weights.hub_server import MODEL, ScriptedHub, safetensors, serve, tiny_model, write_model

GIB = 2**30
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
WANTED = ["config.json", FIRST, SECOND, "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json"]
NOWHERE = "http://127.0.0.1:9"
TOTAL_BYTES = sum(len(tiny_model()[name]) for name in WANTED)


@pytest.fixture(autouse=True, scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The SDKs keep credentials at home, would take loopback through a proxy, and wait between attempts."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "MODELSCOPE_HOME", "MODELSCOPE_CACHE", "HF_HOME"):
            patch.setenv(name, home)
        for name in ("MODELSCOPE_ENDPOINT", "MODELSCOPE_DOMAIN", "MODELSCOPE_API_TOKEN", "HF_ENDPOINT", "HF_TOKEN"):
            patch.delenv(name, raising=False)
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        patch.setenv("MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS", "1")
        yield


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory, own_home: None) -> dict[Source, Path]:
    """A cache of each hub's SDK with the whole model in it."""
    places: dict[Source, Path] = {source: tmp_path_factory.mktemp(source) for source in get_args(Source)}
    with serve(ScriptedHub()) as hub:
        for source, place in places.items():
            Person(place, hub.url, source).ask()
    return {source: place / "cache" for source, place in places.items()}


@pytest.fixture
def hub() -> Iterator[ScriptedHub]:
    with serve(ScriptedHub()) as hub:
        yield hub


@pytest.fixture(params=get_args(Source))
def source(request: pytest.FixtureRequest) -> Source:
    return request.param


@dataclass
class Person:
    """Who asks for the model: a place on disk, and the progress that was seen."""

    place: Path
    url: str
    source: Source = "modelscope"
    seen: list[Progress] = field(default_factory=list)

    def ask(self, model: str = MODEL, **options: Any) -> Path:
        return locate(
            model,
            models_folder=self.place / "models",
            source=self.source,
            cache_dir=self.place / "cache",
            endpoint=self.url,
            report=self.seen.append,
            **options,
        )

    def stop_at(self, enough_bytes: int) -> None:
        """Ask, and stop once so many bytes are here."""
        stop = threading.Event()

        def report(progress: Progress) -> None:
            if progress.done_bytes >= enough_bytes:
                stop.set()

        with pytest.raises(DownloadStopped, match="goes on from there"):
            locate(
                MODEL,
                models_folder=self.place / "models",
                source=self.source,
                cache_dir=self.place / "cache",
                endpoint=self.url,
                report=report,
                stop=stop,
            )


@pytest.fixture
def person(tmp_path: Path, hub: ScriptedHub, source: Source) -> Person:
    return Person(tmp_path, hub.url, source)


@pytest.fixture
def modelscope(tmp_path: Path, hub: ScriptedHub) -> Person:
    return Person(tmp_path, hub.url)


@pytest.fixture
def copy(person: Person, caches: dict[Source, Path]) -> Path:
    """The folder of a whole copy in the person's cache."""
    return copy_cache(person, caches)


@pytest.fixture
def modelscope_copy(modelscope: Person, caches: dict[Source, Path]) -> Path:
    return copy_cache(modelscope, caches)


def copy_cache(person: Person, caches: dict[Source, Path]) -> Path:
    shutil.copytree(caches[person.source], person.place / "cache", symlinks=True)
    return next((person.place / "cache").rglob("config.json")).parent


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What MODEL means


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("builtin", Path("/project/weights")),
        ("auto", Path("/project/weights")),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("/models/mine", Path("/models/mine")),
        ("~/mine", Path("~/mine").expanduser),
        ("./mine", Path("mine").absolute),
    ],
)
def test_a_name_means_a_folder_or_an_id(model: str, meant: Any) -> None:
    assert resolve(model, builtin_folder=Path("/project/weights")) == (meant() if callable(meant) else meant)


def test_auto_means_the_7b_if_the_gpu_has_room() -> None:
    free = GpuMemory(80 * GIB, 79 * GIB)
    assert resolve("auto", builtin_folder=Path("weights"), gpus=[free]) == AUTO_MODEL


def test_a_folder_that_looks_like_an_id_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my" / "model").mkdir(parents=True)
    assert resolve("my/model", builtin_folder=Path("weights")) == tmp_path / "my" / "model"


@pytest.mark.parametrize("model", ["", "qwen", "a/b/c", "Qwen/Qwen 7B"])
def test_a_name_that_means_nothing_says_what_is_allowed(model: str) -> None:
    with pytest.raises(ModelNotFound, match=r"neither auto, nor builtin, nor a folder .* Correct MODEL"):
        resolve(model, builtin_folder=Path("weights"))


@pytest.mark.parametrize(
    ("gpus", "chosen"),
    [
        ([], "builtin"),
        ([GpuMemory(16 * GIB, 16 * GIB)], "builtin"),
        ([GpuMemory(20 * GIB - 1, 20 * GIB - 1)], "builtin"),
        ([GpuMemory(24 * GIB, 23 * GIB)], AUTO_MODEL),
        ([GpuMemory(80 * GIB, 60 * GIB)], "builtin"),  # vLLM would not start: less is free than it claims
        ([GpuMemory(8 * GIB, 8 * GIB), GpuMemory(80 * GIB, 80 * GIB)], "builtin"),  # vLLM takes the first
    ],
)
def test_auto_goes_by_what_vllm_would_claim(gpus: list[GpuMemory], chosen: str) -> None:
    assert choose_auto(gpus, 0.9) == chosen


def test_hidden_gpus_are_not_read() -> None:
    assert read_gpus(visible_devices="") == ()


# A folder


def test_a_whole_folder_is_taken(tmp_path: Path) -> None:
    assert locate(write_model(tmp_path / "mine"), models_folder=tmp_path) == tmp_path / "mine"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("config.json", "config.json is missing"),
        ("*.safetensors", f"{FIRST} is missing"),
        ("model*", r"the weights \(\*.safetensors or \*.bin\) is missing"),
        (SECOND, f"{SECOND} is missing"),
        ("tokenizer.json", "the tokenizer .* is missing"),
    ],
)
def test_a_folder_that_lacks_something_says_what(tmp_path: Path, gone: str, said: str) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / "pytorch_model.bin").unlink()
    for path in folder.glob(gone):
        path.unlink()
    with pytest.raises(ModelNotFound, match=rf"In the model folder {folder}, {said}\. Complete it"):
        locate(folder, models_folder=tmp_path)


def test_cut_off_weights_are_found(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / SECOND).write_bytes(safetensors(300_000)[:-1])
    with pytest.raises(ModelNotFound, match=f"the rest of {SECOND} is missing"):
        locate(folder, models_folder=tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=f"There is no model folder {tmp_path}/none. Put the model there"):
        locate(tmp_path / "none", models_folder=tmp_path)


def test_a_gguf_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="GGUF file, which is not supported"):
        locate(tmp_path / "model.gguf", models_folder=tmp_path)


# An id


def test_a_model_is_fetched_with_progress(person: Person, hub: ScriptedHub) -> None:
    folder = person.ask()
    fetched = content(folder)
    del fetched[RECORD]
    assert fetched == {name: hub.files[name] for name in WANTED}
    assert sorted(name for name, _ in hub.fetched) == WANTED
    last = person.seen[-1]
    assert (last.files, last.done_bytes, last.total_bytes, last.percent) == (6, TOTAL_BYTES, TOTAL_BYTES, 100)


def test_a_whole_copy_is_taken_without_asking_the_hub(person: Person, copy: Path, hub: ScriptedHub) -> None:
    assert person.ask() == copy
    assert hub.requests == []


@pytest.mark.slow
def test_a_cut_connection_is_taken_up_where_it_was(modelscope: Person, hub: ScriptedHub) -> None:
    hub.cut_at[FIRST] = 150_000
    assert (modelscope.ask() / FIRST).read_bytes() == hub.files[FIRST]
    assert [asked for name, asked in hub.fetched if name == FIRST] == [None, "bytes=150000-"]
    assert modelscope.seen[-1].percent == 100


@pytest.mark.slow
def test_a_stopped_download_goes_on_at_the_byte_where_it_was(modelscope: Person, hub: ScriptedHub) -> None:
    hub.stall_at[SECOND] = 200_000
    modelscope.stop_at(TOTAL_BYTES - len(hub.files[SECOND]) + 200_000)
    with pytest.raises(ModelNotFound, match="no whole copy"):
        Person(modelscope.place, NOWHERE).ask()
    hub.stall_at.clear()
    hub.fetched.clear()
    assert (modelscope.ask() / SECOND).read_bytes() == hub.files[SECOND]
    assert hub.fetched == [(SECOND, "bytes=200000-")]
    assert modelscope.seen[-1].percent == 100


@pytest.mark.slow
def test_a_stopped_download_fetches_only_the_files_that_are_missing(tmp_path: Path, hub: ScriptedHub) -> None:
    person = Person(tmp_path, hub.url, "huggingface")
    hub.stall_at[SECOND] = 200_000
    person.stop_at(TOTAL_BYTES - len(hub.files[SECOND]))
    hub.stall_at.clear()
    hub.fetched.clear()
    assert (person.ask() / SECOND).read_bytes() == hub.files[SECOND]
    assert hub.fetched == [(SECOND, None)]


@pytest.mark.slow
def test_stopping_does_not_wait_for_a_stalled_hub(person: Person, hub: ScriptedHub) -> None:
    hub.stall_at[FIRST] = 0
    stop, began = threading.Event(), time.monotonic()
    stop.set()
    with pytest.raises(DownloadStopped):
        person.ask(stop=stop)
    assert time.monotonic() - began < 3.5


@pytest.mark.slow
def test_a_damaged_file_is_found_and_thrown_away(person: Person, hub: ScriptedHub) -> None:
    hub.damaged.add(FIRST)
    with pytest.raises(ModelError, match=f"{FIRST} of {MODEL} arrived damaged.*Start again"):
        person.ask()
    hub.damaged.clear()
    hub.fetched.clear()
    assert (person.ask() / FIRST).read_bytes() == hub.files[FIRST]
    assert hub.fetched == [(FIRST, None)]


@pytest.mark.slow
def test_a_file_damaged_on_disk_is_fetched_again(modelscope: Person, modelscope_copy: Path, hub: ScriptedHub) -> None:
    (modelscope_copy / FIRST).write_bytes(b"cut")
    assert (modelscope.ask() / FIRST).read_bytes() == hub.files[FIRST]
    assert hub.fetched == [(FIRST, None)]


def test_a_model_put_into_its_folder_by_hand_is_taken(person: Person, hub: ScriptedHub) -> None:
    folder = write_model(person.place / "models" / MODEL)
    assert person.ask() == folder
    assert hub.requests == []


def test_a_half_model_put_there_by_hand_says_what_is_missing(person: Person) -> None:
    (write_model(person.place / "models" / MODEL) / SECOND).unlink()
    with pytest.raises(ModelNotFound, match=f"{SECOND} is missing. Complete it, or delete the folder"):
        person.ask()


# Without a network


@pytest.mark.slow
def test_a_whole_copy_that_another_tool_fetched_needs_no_network(person: Person, copy: Path) -> None:
    (copy / RECORD).unlink()
    person.url = NOWHERE
    assert person.ask() == copy


@pytest.mark.slow
def test_a_copy_that_lost_a_file_is_not_taken(person: Person, copy: Path) -> None:
    (copy / "tokenizer_config.json").unlink()
    person.url = NOWHERE
    with pytest.raises(ModelNotFound, match="no whole copy"):
        person.ask()


def test_no_network_and_no_copy_names_the_folder_and_how_to_fill_it(person: Person) -> None:
    person.url = NOWHERE
    with pytest.raises(ModelNotFound) as raised:
        person.ask()
    text = str(raised.value)
    assert f"there is no whole copy of {MODEL} on this machine" in text
    assert f"copy that folder to {person.place}/models/{MODEL}" in text
    assert f"download {MODEL}" in text or f"download --model {MODEL}" in text
    assert "MODEL=builtin" in text


@pytest.mark.slow
def test_a_hub_that_goes_away_says_how_much_is_kept(
    modelscope: Person, hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSCOPE_DOWNLOAD_MAX_RETRIES", "0")
    hub.cut_at[SECOND] = 200_000
    with pytest.raises(ModelNotFound, match="have arrived and are kept"):
        modelscope.ask()


# What the hub refuses, and what cannot work


@pytest.mark.slow
def test_an_unknown_model(person: Person) -> None:
    with pytest.raises(ModelNotFound, match="has no model someone/none, or it is private") as raised:
        person.ask("someone/none")
    assert "secret inner words" not in str(raised.value)


@pytest.mark.slow
def test_a_model_that_needs_a_permission(person: Person, hub: ScriptedHub) -> None:
    hub.status = 403
    with pytest.raises(ModelError, match=r"does not let us read .* (MODELSCOPE_API_TOKEN|HF_TOKEN)") as raised:
        person.ask()
    assert "secret inner words" not in str(raised.value)


@pytest.mark.slow
def test_a_disk_without_room_is_found_before_anything_is_fetched(modelscope: Person, hub: ScriptedHub) -> None:
    hub.listed_size[FIRST] = 10**18
    with pytest.raises(ModelError, match=r"needs 1,000,000,000\.\d\d GB, and [\d,.]+ GB are free .* MODEL_CACHE"):
        modelscope.ask()
    assert hub.fetched == []


@pytest.mark.slow
def test_a_model_in_another_format(modelscope: Person, hub: ScriptedHub) -> None:
    for name in (FIRST, SECOND, "pytorch_model.bin"):
        del hub.files[name]
    with pytest.raises(ModelError, match=r"has no \*\.safetensors, so vLLM cannot load it"):
        modelscope.ask()


# Figures


def test_speed_and_time_left_come_from_the_last_seconds() -> None:
    times = iter([0.0, 1.0, 2.0, 20.0, 21.0])
    pace = Pace(clock=lambda: next(times))
    seen = [pace.progress(1, done, 1000) for done in (400, 500, 600, 600, 700)]
    assert [(one.speed_bytes_s, one.remaining_s) for one in seen] == [
        (0, None),
        (100, 5),
        (100, 4),
        (0, None),
        (100, 3),
    ]

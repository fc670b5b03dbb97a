"""An inference engine loads a model through the mount, from a plain file and through gocryptfs."""
import contextlib
import json
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

from frame import ROOT, Bench, Line, Unavailable, compare, forget, interleave
from versus import mounts, reads

NAME = "mount.engine_load"
UNIT = "s"
ABOUT = "llama.cpp from nothing to its first token, cold and warm"
GENERATE = ROOT / "tools/engine/generate"


def loaded(bench: Bench, model: pathlib.Path) -> float:
    """Seconds from asking for the model to the first token out of it; the engine's own start is left out."""
    done = subprocess.run([str(GENERATE), str(model), "--tokens", "1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"the engine did not load {model}: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])["first_token_ms"] / 1e3


def measure(bench: Bench) -> Iterator[Line]:
    reads.needs_fuse()
    if not (ROOT / "tools/engine/node_modules/node-llama-cpp").exists():
        raise Unavailable("the engine is not installed")
    place = bench.folder("engine-load")
    size = bench.pick("64M", "1G")
    bench.run(["python3", ROOT / "tools/make_sample_model.py", place / "plain", "--size", size])
    store, keys = place / "store", place / "keys"
    bench.run(bench.ours("seal", source=place / "plain", store=store, keys=keys))
    with contextlib.ExitStack() as stack:
        models = {"ours": stack.enter_context(mounts.ours(bench, store, keys, place / "ours")) / "sample.gguf",
                  "plain file": place / "plain" / "sample.gguf"}
        try:
            models["gocryptfs"] = stack.enter_context(mounts.gocryptfs(bench, place)) / "sample.gguf"
            shutil.copyfile(models["plain file"], models["gocryptfs"])
        except Unavailable as why:
            bench.say(f"  gocryptfs is left out: {why}")
        said = [""]

        def cold(model: pathlib.Path) -> float:
            said[0] = forget([model, store, place / "plain", place / "gocryptfs"])
            return loaded(bench, model)

        figures = interleave({side: (lambda model=model: cold(model)) for side, model in models.items()},
                             bench.pick(1, 5), warm_up=False)
        yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(said[0], f"a model of {size}B"))
        figures = interleave({side: (lambda model=model: loaded(bench, model)) for side, model in models.items()},
                             bench.pick(1, 5))
        yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note("warm", f"a model of {size}B"))
    bench.folder("engine-load")

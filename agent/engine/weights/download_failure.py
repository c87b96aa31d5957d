"""Failed downloads explained to a person: why, and the next step, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.engine.weights.hub import Source
from agent.errors import ModelError, ModelNotFound


@dataclass(frozen=True)
class HubTexts:
    """What a person needs to know about a hub, besides the model."""

    name: str
    other: Source
    token_key: str
    command: str  # fetches {model} into {folder}


HUBS: Mapping[Source, HubTexts] = {
    "modelscope": HubTexts(
        "ModelScope", "huggingface", "MODELSCOPE_API_TOKEN", "modelscope download --model {model} --local_dir {folder}"
    ),
    "huggingface": HubTexts("Hugging Face", "modelscope", "HF_TOKEN", "hf download {model} --local-dir {folder}"),
}


def download_error(kind: str, figures: Mapping[str, Any], *, model: str, source: Source, by_hand: Path) -> ModelError:
    """The child's failure as an error."""
    hub = HUBS[source]
    instead = f"or set MODEL_SOURCE={hub.other} to try the other hub"
    instead_zh = f"或者设置 MODEL_SOURCE={hub.other}，改从另一个站点下载"
    match kind:
        case "unknown":
            return ModelNotFound(
                f"{hub.name} has no model {model}, or it is private. Check the spelling of MODEL (and MODEL_REVISION); "
                f"for a private model set {hub.token_key}; {instead}.",
                f"{hub.name} 上没有 {model}，或者它是私有模型。请检查 MODEL（和 MODEL_REVISION）有没有写错；"
                f"私有模型请设置 {hub.token_key}；{instead_zh}。",
            )
        case "forbidden":
            return ModelError(
                f"{hub.name} does not let us read {model}. Accept its terms on the model's page, then put your access "
                f"token into {hub.token_key} and start again; {instead}.",
                f"{hub.name} 不允许我们读取 {model}。请在模型的页面上接受它的条款，把你的访问令牌填入 {hub.token_key}，"
                f"然后重新启动；{instead_zh}。",
            )
        case "unreachable":
            command = hub.command.format(model=model, folder=model)
            return ModelNotFound(
                f"{hub.name} cannot be reached, and there is no whole copy of {model} on this machine.{_kept(figures)} "
                "Start again when the network is back, or bring the model by hand: on a machine with a network run "
                f"`{command}`, copy that folder to {by_hand}, and start again. "
                "MODEL=builtin needs no network.",
                f"连不上 {hub.name}，这台机器上也没有 {model} 的完整副本。{_kept_zh(figures)}请在网络恢复后重新启动；"
                f"或者手动搬运模型：在能联网的机器上运行 `{command}`，把得到的文件夹复制到 {by_hand}，然后重新启动。"
                "MODEL=builtin 不需要网络。",
            )
        case "disk_full":
            needed, free = figures.get("needed"), figures.get("free")
            why = f"needs {_gigabytes(needed)}, and {_gigabytes(free)} are free" if needed else "filled the disk"
            why_zh = f"还需要 {_gigabytes(needed)}，可用空间只有 {_gigabytes(free)}" if needed else "时磁盘写满了"
            return ModelError(
                f"The download of {model} {why} ({figures['at']}). Free some space and start again, or name a folder "
                "on a larger disk in MODEL_CACHE.",
                f"下载 {model} {why_zh}（{figures['at']}）。请腾出空间后重新启动，或者用 MODEL_CACHE 指定更大磁盘上的"
                "文件夹。",
            )
        case "damaged":
            file_zh = f"文件 {figures['file']} " if "file" in figures else "一个文件"
            return ModelError(
                f"{figures.get('file', 'A file')} of {model} arrived damaged: it is not what {hub.name} lists. It is "
                f"gone, the other files are kept. Start again to fetch it anew, {instead}.",
                f"{model} 的{file_zh}下载后已损坏，与 {hub.name} 列出的不一致。它已被删除，其他文件都保留。"
                f"请重新启动，程序会重新下载它，{instead_zh}。",
            )
        case "not_loadable":
            return ModelError(
                f"{model} at {hub.name} has no {figures['lacks']}, so vLLM cannot load it. Take a model in the Hugging "
                "Face format (config.json and *.safetensors), not one that has only GGUF files.",
                f"{hub.name} 上的 {model} 没有 {figures['lacks']}，vLLM 无法加载。请换成 Hugging Face 格式的模型"
                "（含 config.json 和 *.safetensors），不要选只有 GGUF 文件的。",
            )
    return ModelError(
        f"The download of {model} from {hub.name} failed in a way that we do not know; the log says more. Start again "
        f"(it goes on from where it was), {instead}, or set MODEL=builtin.",
        f"从 {hub.name} 下载 {model} 失败，原因未知，详情见日志。请重新启动（会接着下载），{instead_zh}，"
        "或者设置 MODEL=builtin。",
    )


def _kept(figures: Mapping[str, Any]) -> str:
    if not figures.get("done"):
        return ""
    return f" {_gigabytes(figures['done'])} of {_gigabytes(figures['total'])} have arrived and are kept."


def _kept_zh(figures: Mapping[str, Any]) -> str:
    if not figures.get("done"):
        return ""
    return f"已下载 {_gigabytes(figures['done'])}（共 {_gigabytes(figures['total'])}），都会保留。"


def _gigabytes(count_bytes: int | None) -> str:
    return f"{(count_bytes or 0) / 1e9:,.2f} GB"

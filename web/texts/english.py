"""The texts in English, for who runs the app and for who only visits it."""

from __future__ import annotations

from dataclasses import replace

from web.texts.fields import Setting, Texts

ENGLISH = Texts(
    language="en",
    model_resolving="Looking for {model}…",
    model_downloading="Downloading {model}: {percent}% ({done} of {total}, {speed}/s, about {remaining} left)",
    model_loading="Loading {model}…",
    model_warming="Warming up {model}, almost there…",
    model_ready="{model} is ready.",
    model_restarting="{model} has stopped unexpectedly and is being started again…",
    model_failed="{model} could not start: {reason}",
    model_unavailable=(
        "The model cannot answer just now. Ask again in a while; whoever runs this page finds the reason in its log."
    ),
    answer_when_ready="Got it. Your question will be answered as soon as the model is ready.",
    model_title="Model",
    builtin_name="Built-in model",
    builtin_about=(
        "This is the small model that ships with the project. It needs no GPU, and knows only weather, time and "
        "arithmetic. For real conversation, set MODEL=Qwen/Qwen2.5-7B-Instruct in .env on a machine with a GPU, and "
        "start again."
    ),
    local_about="{model}, run by vLLM on this host. What you write stays here.",
    remote_about="{model}, run by the inference server at {url}. What you write is sent there.",
    badge_downloading="Downloading {percent}% · {name}",
    badge_loading="Loading · {name}",
    badge_restarting="Restarting · {name}",
    badge_failed="Could not start · {name}",
    thinking="Thinking…",
    thinking_for="Thinking… {duration}",
    thought_for="Thought for {duration}",
    thoughts="Thoughts",
    failures={
        "unknown_tool": "no such tool",
        "invalid_json": "arguments are not valid JSON",
        "invalid_arguments": "arguments do not fit",
        "tool_error": "no result",
        "timeout": "timed out",
        "internal_error": "error inside the tool",
        "refused": "repeated call refused",
        "stopped": "stopped",
    },
    failure_sentences={
        "unknown_tool": "The model asked for a tool that this chat does not have. It is told which there are.",
        "invalid_json": "The arguments that the model wrote cannot be read. It is told why, and can write them again.",
        "invalid_arguments": "The arguments that the model wrote do not fit the tool. It is told why.",
        "tool_error": "The tool found no result. Ask in other words.",
        "timeout": "The tool took too long to answer. Ask again in a while.",
        "internal_error": "The tool has a fault of its own, which is none of the question's; it was logged.",
        "refused": "The same call has had its result already, and was not made again.",
        "stopped": "It was stopped before there was a result.",
    },
    tool_message="{sentence}\nIn the tool's own words: {message}",
    ended_stopped="Stopped.",
    ended_round_limit="One question may take {limit} rounds of tool calls; the answer uses what was found in them.",
    ended_length='The answer hit its limit of tokens ({max_tokens}). Raise "Max tokens" in settings, or say "go on".',
    ended_window=(
        'This chat has filled the model\'s window, so the answer ends here. Say "go on": earlier turns then make room.'
    ),
    ended_empty="The model said nothing. Have it answered again, or ask in other words.",
    ended_broken='The answer broke off before its end. Have it answered again, or say "go on".',
    ended_error="Something went wrong on the server; it was logged. Ask again.",
    ended_cut="The server stopped here, so the answer above is not complete. Have it answered again, or go on.",
    history_shortened="This chat has grown long: the model no longer sees its earlier turns.",
    ended_time_limit='The answer reached its time limit of {limit}. Say "go on", or ask in smaller steps.',
    not_answered="This question has no answer yet.",
    waiting_in_queue="In line, at place {place}: your turn comes in about {wait}. Stop leaves the line.",
    waiting_for_earlier="Your previous message is still being answered; this one is next…",
    one_token="1 token",
    many_tokens="{count} tokens",
    usage_first="first after {first}",
    usage_pace="{rate} tokens/s",
    usage_detail_in="In: {tokens}, of which {cached} from the cache",
    usage_detail_out="Out: {tokens}",
    usage_detail_first="First token: after {first}",
    usage_detail_pace="Speed: {rate} tokens/s",
    usage_detail_tools="Tools: {tools}",
    usage_detail_context="Context used: {used} of {window} tokens ({percent}%)",
    clause_comma=", ",
    comma=", ",
    files_too_many="A message may have {limit} files. Not read: {names}. Send them with your next message.",
    file_cut="{name} is long: the model sees only its first {characters} characters.",
    file_cut_at_page="{name} is long: the model sees only its text up to page {page} of {pages}.",
    file_left_out="The files are too long together: the model sees nothing of {name}. Send it alone.",
    file_limit_about="ATTACHMENT_MAX_MB in .env sets that limit.",
    file_unread=(
        "These pages of {name} could not be read, or only in part: {pages}. They are pictures, are damaged, or do not "
        "say which characters they show. Run text recognition (OCR) over the file, and send that."
    ),
    file_gaps=(
        "Parts of {name} could not be read: they are damaged, or of a kind that is not read here. Save it again where "
        "it was made, or as PDF, and send that."
    ),
    file_charset="{name} was read as {charset}. If it looks wrong, save it as UTF-8 and send it again.",
    file_unreadable=(
        "Characters of {name} that could not be read: {count}. The model sees � in their place. If that matters, save "
        "the file as UTF-8 and send it again."
    ),
    set_of="{language} ({set})",
    again="Answer again",
    export_markdown="Export as Markdown",
    export_json="Export as JSON, which can be opened again",
    not_saved="What was shown just now could not be saved. Download this chat with the buttons under its answer, or "
    "copy what you need.",
    not_saved_yet="This chat is not saved yet: the database does not answer just now. It will be saved as soon as it "
    "does; until then, the buttons under the answer download it.",
    no_room="There is no room on the server's disk just now: what is above lacks its plot or its files.",
    saved_at_last="This chat is saved now.",
    chat_unread="This chat cannot be read from the database just now. Nothing of it is lost: try again soon.",
    import_title="Open an exported chat",
    import_about="Choose a JSON file that was exported here. It becomes a new chat of yours, and can be gone on with.",
    import_button="Open",
    import_back="Back",
    import_busy="Other files of yours are being imported. Wait until they are in, then try again.",
    import_too_large='This file is larger than {limit}. Choose one made by "Export as JSON".',
    export_person="Me",
    export_model="Model",
    export_model_name="Model: {model}",
    export_row="1 row of data",
    export_rows="{rows} rows of data",
    nothing_here="There is nothing here",
    nothing_here_about="No chat or file of yours has this address: it may have been deleted, or be somebody else's.",
    guest_instead="Join the demo as a guest?",
    guest_instead_about="{name} is logged in here. If you go on as a guest, that login ends, and its pages close.",
    guest_instead_button="Go on as a guest",
    guest_instead_back="Stay logged in as now",
    temperature=Setting("Temperature", "Lower is steadier, higher is more varied. 0 always takes the likeliest word."),
    top_p=Setting("Top P", "Choose only among the words that make up this share of the probability. 1 is no limit."),
    max_tokens=Setting("Max tokens", "How many tokens one answer may have."),
    system_prompt=Setting("System prompt", "Standing instructions that the model follows throughout this chat."),
    tools=Setting("Tools", "The tools that the model may call in this chat."),
    tool_names={"get_current_weather": "Weather", "get_current_time": "Time", "calculate": "Calculator"},
    settings_saved="Saved. The settings apply from your next message.",
    settings_refused='"{label}" cannot be {value}; it may be {allowed}.',
    weather_humidity="humidity {humidity}%",
    weather_wind="wind {wind} km/h",
    weather_wind_force="wind force {force}",
    weather_sources={"open-meteo": "Open-Meteo", "amap": "Amap", "simulated": "simulated data"},
    series_range="{name}: lowest {low} ({low_at}), highest {high} ({high_at})",
    answer_schema=Setting("JSON Schema of the answers", "Each answer is one JSON value that fits it."),
    schema_unheld=(
        "Not enforced while an answer is written: {rules}. A finished answer is checked, and you are told of a misfit."
    ),
    answer_unchecked="It takes too long to check whether this answer fits the schema. Simplify it, or ask for less.",
    answer_unfit="This answer does not fit the schema: {misfit}. The engine does not enforce that rule; ask again.",
    answer_cut='The answer hit its limit of tokens ({max_tokens}): its JSON is cut. Raise "Max tokens" or ask less.',
    picture_not_loaded="picture from elsewhere, not loaded",
    table_cut="These are the first {shown} of {rows} rows; the files below hold all of them.",
    seconds="{seconds} s",
    minutes="{minutes} min {seconds} s",
)

ENGLISH_FOR_VISITORS = replace(
    ENGLISH,
    audience="visitor",
    builtin_about="This is a small model, which knows only weather, time and arithmetic.",
    local_about="{model}, run by this site itself.",
    remote_about="{model}, run by an inference server of this site.",
    model_failed=("{model} could not start. Come back in a while; whoever runs this page finds the reason in its log."),
    file_limit_about="",
)

"""Our keys in the metadata of Chainlit's messages and steps. They are saved, so their texts stay what they are."""

TOOL = "tool"  # the name of the tool that is called
NOTICE = "line"  # it is a notice of ours (notices.py)
MODEL = "model"  # which model gave the answer
PASSING = "is_passing"  # it comes and goes, and is not saved
FOR_PAGE = "is_for_page"  # its text is Markdown of ours, made for the page

""".venv/plots.html: the page that `dvc plots show` and `diff` fill in, with Vega inside.

DVC's own page loads Vega from the network and is blank without it. `.dvc/config` names this one.
"""

from pathlib import Path

import vl_convert

PAGE = Path(".venv/plots.html")

HEAD = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
{refresh_tag}
<title>unrender: plots</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 24px; }
table { border-spacing: 16px; }
img { max-width: 100%; }
</style>
"""
BODY = """
</head>
<body>
{plot_divs}
</body>
</html>
"""


def main() -> None:
    vega = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    vega = vega.replace("</script", "<\\/script")  # else the page's parser would end the script there
    PAGE.write_text(f"{HEAD}<script>(() => {{{vega}}})();</script>{BODY}", encoding="utf-8")


if __name__ == "__main__":
    main()

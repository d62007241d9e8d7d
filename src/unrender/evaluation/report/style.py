"""The page's stylesheet: light, and dark where the reader's system is."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b2330;--soft:#5c6878;--line:#e3e7ec;--ground:#f6f7f9;--card:#fff;
--shade:#fbfcfd;--track:#e3e8ef;
--good:#1d7a4a;--bad:#c8322f;--bar:#2f62d8;--val:#c05a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b6;--line:#2b323c;--ground:#14181e;--card:#1b2028;
--shade:#20262f;
--track:#333c48;--good:#4cc38a;--bad:#f07c78;--bar:#6b93f2;--val:#f0a050}}
*{box-sizing:border-box}html{scroll-padding-top:56px}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
nav{position:sticky;top:0;z-index:1;background:var(--card);border-bottom:1px solid var(--line)}
nav div{max-width:1200px;margin:0 auto;padding:10px 28px;display:flex;gap:22px;overflow-x:auto;white-space:nowrap}
a{color:var(--bar);text-decoration:none}a:hover{text-decoration:underline}
main{max-width:1200px;margin:0 auto;padding:28px 28px 80px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:21px;margin:56px 0 12px;padding-top:16px;
border-top:2px solid var(--line)}
h3{font-size:16px;margin:32px 0 6px}h4{font-size:14px;margin:18px 0 6px}
p{margin:0 0 12px;max-width:90ch}.soft,small{color:var(--soft)}small{display:block;font-size:12px;line-height:1.3}
.good{color:var(--good)}.bad{color:var(--bad)}code{font:13px ui-monospace,monospace;white-space:nowrap}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);
border-radius:8px;font-size:14px;overflow:hidden}
th,td{text-align:left;padding:7px 12px;border-top:1px solid var(--line);vertical-align:middle}
thead th{border-top:0}th{color:var(--soft);font-weight:600;background:var(--shade)}
.n,.heat td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.bar,th.bar{padding:4px;width:232px;text-align:center}
th.group{font-weight:400}th.group a{font-weight:700;font-size:15px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin:0 0 16px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px}
.tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:13px}
figure{margin:0}figcaption{color:var(--soft);font-size:13px;margin:0 0 4px}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(500px,1fr));gap:16px}
.panel,.curves,.picture{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.panel figcaption code{color:var(--ink);font-weight:600}
.curves{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px;align-items:start}
.curves .large{grid-area:1/1/3/3}
.legend{margin:10px 0 6px}.key{display:inline-block;width:18px;height:3px;margin:0 6px 4px 0;vertical-align:middle;
background:var(--bar)}.key~.key{margin-left:14px}
.key.c1{background:var(--val)}.key.c2{background:var(--good)}.key.c3{background:var(--bad)}
.found{margin:0 0 14px;padding:0 0 0 20px;max-width:110ch}.found li{margin:2px 0}
.matrices{display:flex;flex-wrap:wrap;gap:20px;align-items:start}.heat{width:auto;font-size:13px}
.heat td{min-width:54px;border-left:1px solid var(--line)}
.heat td{background:color-mix(in srgb,var(--bar) var(--share,0%),transparent)}
.matrices figure{max-width:100%;overflow-x:auto}
.heat.many{font-size:11px}.heat.many th,.heat.many td{padding:3px 5px}.heat.many td{min-width:26px}
.heat.many thead span{writing-mode:vertical-rl;transform:rotate(180deg);display:inline-block}
.heat.many thead th{vertical-align:bottom;text-align:center}
.picture{margin-bottom:16px;overflow:auto}.picture img{width:100%;display:block;border-radius:4px;cursor:zoom-in}
.picture input{position:absolute;opacity:0}.picture input:focus-visible+img{outline:2px solid var(--bar)}
.picture input:checked+img{width:auto;max-width:none;cursor:zoom-out}
details{margin:12px 0}summary{cursor:pointer;color:var(--soft);padding:4px 0}
svg{display:block;max-width:100%;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg .tick,svg .block{fill:var(--soft);font-size:11px}svg .end{text-anchor:end}
svg .label,svg .value{text-anchor:end}svg .middle{text-anchor:middle}svg .start{text-anchor:start}
svg .value{font-variant-numeric:tabular-nums}
.track{fill:var(--track)}.fill{fill:var(--bar);opacity:.45}.fill.under{fill:var(--bad)}
.mark{stroke:var(--soft);stroke-width:1.5}
.whisker{stroke:var(--ink);stroke-width:1.5;opacity:.65}.dot{fill:var(--bar);stroke:var(--card);stroke-width:1}
.own .dot{fill:var(--ink)}.own text{font-weight:700}.floor .dot{fill:var(--val)}
.hit{fill:transparent}.row:hover .hit{fill:var(--track);opacity:.5}
.grid{stroke:var(--line)}.guide{stroke:var(--soft);stroke-dasharray:4 3}
.line{fill:none;stroke:var(--bar);stroke-width:1.4;stroke-linejoin:round}.point{fill:var(--bar);stroke:none}
.line.c1{stroke:var(--val);stroke-width:2}.line.c2{stroke:var(--good)}.line.c3{stroke:var(--bad)}
.point.c1{fill:var(--val)}.point.c2{fill:var(--good)}.point.c3{fill:var(--bad)}
@media print{nav{display:none}.part{break-inside:avoid}}
"""

// The colours are those of the house, until theme.ts sets others. Written shortly: all of it is sent.
const css = `
:host{display:block!important}
:host([hidden]),.error:empty{display:none!important}
iframe{display:block;width:100%;height:640px;border:0}
i.probe{color:CanvasText}
.root{all:initial;display:block;container-type:inline-size;overflow-wrap:anywhere;-webkit-text-size-adjust:100%;
--accent:#b3123f;--on-accent:#fff;--gold:#ffd166;--paper:#fff;--ink:#211820;--radius:24px;
--loud:var(--accent);--bad:#a92316;--soft:color-mix(in srgb,var(--ink) 74%,var(--paper));--edge:color-mix(in srgb,var(--ink) 54%,var(--paper));--tint:color-mix(in srgb,var(--accent) 9%,var(--paper));--sun:color-mix(in srgb,var(--gold) 28%,var(--paper));--shadow:0 16px 28px -12px rgb(50 10 20/.4);
color:var(--ink);font:400 17px/1.5 var(--fairground-font,system-ui,sans-serif)}
.dark{color-scheme:dark;--loud:color-mix(in srgb,var(--accent) 45%,#fff);--bad:#ff9c90}
.root *,.root ::before,.root ::after{box-sizing:border-box;margin:0}
.card{position:relative;display:grid;overflow:hidden;background:var(--paper);border:1px solid var(--sun);border-radius:var(--radius);box-shadow:var(--shadow)}
.card::before{content:"";position:absolute;inset:0 0 auto;height:30px;z-index:2;background:repeating-linear-gradient(90deg,var(--accent) 0 26px,#fff1cf 26px 52px);mask:linear-gradient(#000 0 0) 0 0/100% 17px no-repeat,radial-gradient(circle at 50% 0,#000 12.5px,#0000 13px) 0 17px/26px 13px}
.stage{position:relative;display:grid;align-items:center;padding:56px 20px 24px;isolation:isolate;background:radial-gradient(var(--sun),#0000 70%)}
.stage::before{content:"";position:absolute;inset:0;z-index:-1;background:repeating-conic-gradient(var(--sun) 0 10deg,#0000 0 20deg);mask:radial-gradient(#000 30%,#0000 70%)}
.stage>*{margin:auto;width:min(100%,480px)}
.stage>.picture{position:absolute;inset:0;z-index:-1;width:100%;height:100%;object-fit:cover}
.picture~.pile{padding:16px;border-radius:20px;background:var(--paper)}
.panel{display:flex;flex-direction:column;justify-content:center;gap:14px;padding:28px 24px 32px}
.logo{height:48px;max-width:180px;object-fit:contain;align-self:start}
.title{font-size:clamp(26px,6cqi,42px);line-height:1.2;font-weight:750;text-wrap:balance;outline:0!important}
.title b{display:block;color:var(--loud);font-size:1.3em;font-weight:800}
.lead,.hint,.status{color:var(--soft)}
.status:empty{margin-top:-14px}
form,.field,.options,.ask,.pile{display:grid;gap:14px}
.field{gap:5px}
.label{font-weight:600}
.hint{font-size:15px}
input{height:52px;padding:0 16px;font:inherit;color:inherit;background:#0000;border:1.5px solid var(--edge);border-radius:14px}
[dir=rtl] input{text-align:right}
.consent{display:flex;gap:12px;color:var(--soft)}
input[type=checkbox]{flex:none;width:26px;height:26px;accent-color:var(--accent)}
.error{color:var(--bad);font-weight:600}
[aria-invalid]{border-color:var(--bad);outline:1px solid var(--bad)}
a{color:inherit}
button{min-height:54px;padding:8px 20px;font:inherit;font-weight:700;color:inherit;background:var(--paper);border:1.5px solid var(--edge);border-radius:28px;cursor:pointer;touch-action:manipulation;transition:.2s}
button:hover{background:var(--tint)}
button:active{transform:translateY(2px)}
.main{border:0;color:var(--on-accent);font-size:19px;background:linear-gradient(#fff3,#0000 50%,#0002) var(--accent)!important;box-shadow:inset 0 1px #fff6,inset 0 -3px #0003,var(--shadow)}
.main:hover{filter:brightness(1.08)}
:focus-visible{outline:3px solid var(--loud);outline-offset:2px}
.quiet,[data-phase=playing] .panel{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.row{display:flex;flex-wrap:wrap;gap:12px;align-items:center;font-weight:700}
.code{padding:12px 20px;font:700 22px monospace;background:var(--tint);border:2px dashed var(--loud);border-radius:14px}
.sound{position:absolute;z-index:3;inset-block-start:36px;inset-inline-end:12px;width:44px;min-height:44px;padding:0;border:0;font-size:22px}
.sound[aria-pressed=false]{opacity:.5}
.air i{position:absolute;left:50%;top:45%;width:9px;height:14px;z-index:4;pointer-events:none}
.in>*{animation:in .5s backwards}
@keyframes in{0%{opacity:0;transform:translateY(14px)}}
[aria-busy] .stage{min-height:480px;animation:pulse 1.6s infinite}
@keyframes pulse{50%{opacity:.4}}
.wheel{position:relative;aspect-ratio:1;filter:drop-shadow(0 16px 18px rgb(50 10 20/.3))}
.wheel svg{position:absolute;inset:0;direction:ltr}
.wheel text{font-weight:700;dominant-baseline:central;text-anchor:end}
.slice{transition:opacity .5s}
.lit .slice:not(.hit){opacity:.35}
.hit path{stroke:var(--gold);stroke-width:2;stroke-opacity:1}
.bulb{stroke:var(--gold);animation:bulb 1.8s infinite}
.bulb+.bulb{animation-delay:-.9s}
.turning .bulb{animation-duration:.9s}
@keyframes bulb{50%{stroke:#fffbe9;stroke-width:5.5}}
.wheel .pin{inset:-4% 0 auto;margin:auto;width:10%;height:14.5%;transform-origin:50% 30%;filter:drop-shadow(0 3px 3px #0005)}
.foil{position:relative;aspect-ratio:4/3;display:grid;place-content:center;text-align:center;overflow:hidden;border:12px solid var(--accent);border-radius:24px;color:#211820;background:repeating-conic-gradient(#fff7e0 0 9deg,#ffeab8 0 18deg);box-shadow:var(--shadow);rotate:-1.5deg;font-weight:800;font-size:32px}
.foil canvas{position:absolute;inset:0;width:100%;height:100%;transition:opacity .6s}
.foil.turning canvas{animation:pulse 1s infinite}
.foil.ready canvas{touch-action:none;cursor:grab}
.bar{justify-content:space-between;padding-inline-end:48px}
progress{width:100%;height:12px;accent-color:var(--accent)}
.ask{padding:20px;border-radius:20px;background:var(--paper);box-shadow:var(--shadow)}
.ask h3{font-size:24px;line-height:1.25;outline:0}
.options button{text-align:start;border-radius:14px}
.options .right{border:3px solid #0b6b44}
.options .wrong{border:3px solid var(--bad)}
.cards{display:grid;gap:2.4%;grid-template-columns:repeat(var(--columns),1fr);perspective:900px}
.flip{position:relative;aspect-ratio:4/5;min-height:0;padding:0;border:0;background:none!important;transform-style:preserve-3d;transition:transform .5s}
.flip.up{transform:rotateY(180deg)}
.flip span{position:absolute;inset:0;display:grid;place-items:center;border:3px solid #fff;border-radius:14px;backface-visibility:hidden;box-shadow:var(--shadow);background:radial-gradient(var(--gold) 11%,#0000 12%),repeating-conic-gradient(#0000 0 15deg,#0003 0 30deg) var(--accent);font-size:clamp(26px,9cqi,52px)}
.flip span+span{transform:rotateY(180deg);border-color:var(--gold);background:#fffdf6}
.met span+span{background:#fff0c2}
.sky{position:relative;aspect-ratio:10/7;direction:ltr;overflow:hidden;touch-action:none;border-radius:20px;background:radial-gradient(#fff3c4 28%,#0000 32%) 0 10px/24px 14px repeat-x,linear-gradient(#3a1750,#8f2a63 60%,#f2a65a);box-shadow:var(--shadow)}
.sky *{position:absolute;translate:-50% -50%;width:7.5%;aspect-ratio:1;color:#fff;font-weight:800}
.gift{border-radius:14%;background:linear-gradient(90deg,#0000 40%,#fff6d8 0 60%,#0000 0),linear-gradient(#fff3 30%,#0003 0 38%,#0000 0) var(--c)}
.gift::before{content:"";position:absolute;inset:-26% 22% 94%;border:3px solid #fff6d8;border-radius:50%}
.sky .star{font-size:44px;line-height:1;color:var(--gold)}
.sky .basket{width:18%;aspect-ratio:2.2;top:89%;border-top:14px solid var(--accent);border-radius:8px 8px 40% 40%;background:repeating-linear-gradient(90deg,#a8642a 0 9px,#c98745 0 18px)}
.pad{direction:ltr}.pad button{flex:1}
[data-phase=notice] .stage{display:none}
[data-phase=notice] .panel{padding-block:80px 56px;text-align:center}
@container (min-width:720px){
.card{min-height:580px;grid-template-columns:minmax(0,1.08fr) minmax(0,1fr)}
.stage{padding:56px 36px 40px}.panel{padding:56px 44px 40px 28px}
[data-phase=playing] .card,[data-phase=notice] .card{grid-template-columns:minmax(0,1fr)}
[data-phase=playing] .stage>*{width:min(100%,620px)}
}
@media (forced-colors:active){.main,.ask,.flip{border:2px solid}.wheel,.flip span,.sky,.foil{forced-color-adjust:none}}
@media (prefers-reduced-motion:reduce){.root *,.root ::before{animation:none!important;transition:none!important}}
`

let sheet: CSSStyleSheet | undefined

/** One sheet for all games of a page. A strict `style-src` lets adopted sheets pass. */
export const style = (): CSSStyleSheet => {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
  }
  return sheet
}

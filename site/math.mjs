// Step 3 of the web edition: typeset every formula of the built pages, once, here: SVG for the eye, MathML for a screen reader.
// usage: node math.mjs FOLDER

import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const MathJax = await require("mathjax").init({
  loader: { load: ["input/tex-full", "output/svg", "a11y/assistive-mml"] },
  tex: { formatError: (_, error) => { throw error; } },
  svg: { fontCache: "none" },
});
const { adaptor } = MathJax.startup;
const characters = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
const plain = (html) => html.replace(/&(?:lt|gt|quot|#x27|amp);/g, (found) => characters[found]);
const done = new Map();

function typeset(tex, display) {
  const key = `${display} ${tex}`;
  if (!done.has(key)) done.set(key, adaptor.outerHTML(MathJax.tex2svg(tex, { display })).replace("<svg ", '<svg aria-hidden="true" '));
  return done.get(key);
}

function page(file) {
  const html = readFileSync(file, "utf8");
  const formula = /<(span|div) class="bp-tex">([^<]*)<\/\1>/g;
  const out = html.replace(formula, (_, tag, tex) => {
    try {
      return `<${tag} class="bp-math">${typeset(plain(tex), tag === "div")}</${tag}>`;
    } catch (error) {
      throw new Error(`${file}: ${error.message} in ${plain(tex)}`);
    }
  });
  if (out !== html) writeFileSync(file, out);
}

const folder = process.argv[2];
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
for (const name of files) page(join(folder, name));
writeFileSync(join(folder, "_static", "math.css"), adaptor.textContent(MathJax.svgStylesheet()));
console.log(`typeset ${done.size} formulas in ${files.length} pages`);

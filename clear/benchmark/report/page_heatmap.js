"use strict";
// The map of methods x datasets: shows, colours and sorts texts that Python has formatted, and
// writes the command that recomputes the cell that was clicked. Returns a function that draws it
// for the chosen [recipe, perturbation, dataset, track, metric].
function heatMap(section, data) {
  const [DATASET, METHOD, CONTROL, MEAN, SD, RUNS, LOST, SCALED, MARKS] = [2, 5, 6, 8, 9, 12, 13, 15, 16];
  const table = section.querySelector("table.heat");
  const values = section.querySelector("select[name=values]");
  const command = section.querySelector(".command");
  const sorted = { column: 0, direction: -1 };  // a column: place among data.datasets, -1: names
  let at;

  const number = (text) => (text ? parseFloat(text.replace("\u2212", "-")) : NaN);
  const shown = (row) => row && row[values.value === "scaled" ? SCALED : MEAN];

  function compare(a, b) {
    if (sorted.column < 0) return sorted.direction * data.methods[a].localeCompare(data.methods[b]);
    const [x, y] = [a, b].map((method) => number(shown(found.get(`${method} ${sorted.column}`))));
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sorted.direction * (x - y);
  }

  // From white to blue over the numbers that are shown; black text can be read on all of it.
  function colour(cell, share) {
    if (Number.isNaN(share)) cell.className = "none";
    else cell.style.backgroundColor = `hsl(205 75% ${Math.round(98 - 40 * share)}%)`;
  }

  function explain(row, dataset, method) {
    const words = `${data.datasets[dataset]}, ${data.methods[method]}: `;
    if (!row) return `${words}not scored on this track`;
    const lost = row[LOST] === "0" ? "" : `; ${row[LOST]}`;
    return `${words}${row[MEAN]}, SD over seeds ${row[SD]}, scaled ${row[SCALED]}, runs ${row[RUNS]}${lost}`;
  }

  function showCommand(row, dataset, method) {
    const { ids, again } = data, [recipe, perturbation] = [ids.recipes[at[0]], ids.perturbations[at[1]]];
    const overall = ids.datasets[dataset].startsWith("*");
    const datasets = overall
      ? [...found.values()].filter((other) => other[METHOD] === method).map((other) => ids.datasets[other[DATASET]])
        .filter((name) => !name.startsWith("*"))
      : [ids.datasets[dataset]];
    const scaled = values.value === "scaled";
    const methods = [...again.asked[method], ...(scaled ? data.controls : [])];
    const file = overall || scaled ? "ranks.tsv"
      : `scores/${data.task}/${datasets[0]}/${recipe}/${perturbation}/${ids.methods[method]}.tsv`;
    const list = (names) => [...new Set(names)].join(",");
    // A list takes the place of what the configuration says; Snakemake would merge a mapping into it.
    const perturbed = perturbation === "none" ? "[]"
      : `{${datasets.map((name) => `${name}: [${perturbation}]`).join(", ")}}`;
    const settings = [
      `run=${again.run}_again`, `'datasets=[${list(datasets)}]'`,
      `'methods=[${list(methods)}]'`, `'seeds=[${again.seeds[method]}]'`, `'recipes=[${recipe}]'`,
      `'perturbations=${perturbed}'`, again.settings,
    ];
    command.querySelector("b").textContent = explain(row, dataset, method);
    command.querySelector("pre").textContent = ".venv/bin/snakemake --cores 2 "
      + `results/${again.run}_again/${file} \\\n    --config ${settings.filter(Boolean).join(" ")}`;
    const link = command.querySelector("a");
    link.textContent = file;
    link.href = `../${file}`;
    command.hidden = false;
  }

  let found;
  function draw(chosen) {
    if (chosen) at = chosen;
    found = new Map(data.rows.filter((row) => [0, 1, 3, 4].every((axis) => row[axis] === at[axis]))
      .map((row) => [`${row[METHOD]} ${row[DATASET]}`, row]));
    const datasets = [...new Set([...found.values()].map((row) => row[DATASET]))].sort((a, b) => a - b);
    const methods = [...new Set([...found.values()].map((row) => row[METHOD]))];
    const control = new Map([...found.values()].map((row) => [row[METHOD], row[CONTROL]]));
    const numbers = [...found.values()].map((row) => number(shown(row))).filter((x) => !Number.isNaN(x));
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    methods.sort((a, b) => control.get(a) - control.get(b) || compare(a, b));
    const head = document.createElement("tr");
    for (const column of [-1, ...datasets]) {
      const th = document.createElement("th"), button = document.createElement("button");
      th.scope = "col";
      button.type = "button";
      button.textContent = column < 0 ? "Method" : data.datasets[column];
      if (column === sorted.column) {
        th.setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
      }
      button.addEventListener("click", () => {
        sorted.direction = sorted.column === column ? -sorted.direction : column < 0 ? 1 : -1;
        sorted.column = column;
        draw();
      });
      th.append(button);
      head.append(th);
    }
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...methods.map((method) => {
      const tr = document.createElement("tr"), name = document.createElement("th");
      if (control.get(method)) tr.className = "control";
      name.scope = "row";
      name.textContent = data.methods[method];
      tr.append(name, ...datasets.map((dataset) => {
        const row = found.get(`${method} ${dataset}`), td = document.createElement("td");
        td.title = explain(row, dataset, method);
        if (!row) return td;
        const button = document.createElement("button"), mark = document.createElement("sup");
        button.type = "button";
        const value = number(shown(row));
        button.textContent = Number.isNaN(value) && row[MARKS] ? "" : shown(row);
        mark.textContent = row[MARKS];
        if (row[MARKS]) button.append(mark);
        button.addEventListener("click", () => showCommand(row, dataset, method));
        td.append(button);
        colour(td, high > low ? (value - low) / (high - low) : NaN);
        return td;
      }));
      return tr;
    }));
  }

  values.addEventListener("change", () => draw());
  return draw;
}

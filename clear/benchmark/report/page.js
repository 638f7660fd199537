// Selects and sorts rows that Python has computed and formatted; computes no number.
for (const section of document.querySelectorAll("section.task")) (() => {
  const table = section.querySelector("table.ranks");
  if (!table) return;
  const data = JSON.parse(section.querySelector("script").textContent);
  const AXES = ["recipe", "perturbation", "dataset", "track", "metric"];
  const [PERTURBATION, METRIC, METHOD, CONTROL, CELLS] = [1, 4, 5, 6, 7];
  const chosen = ["dataset", "metric", "track", ...data.several];
  const choice = {};
  const map = heatMap(section, data);
  const sorted = { column: 0, direction: 1 };

  // One text per column of the table, in its order.
  const texts = (row) => [
    row[CELLS], data.methods[row[METHOD]], data.implementations[row[METHOD]],
    ...row.slice(CELLS + 1, CELLS + 8),
  ];

  function compare(a, b) {
    const left = texts(a)[sorted.column], right = texts(b)[sorted.column];
    const [x, y] = [left, right].map((text) => parseFloat(text.replace("\u2212", "-")));
    const byText = sorted.column === 1 || sorted.column === 2;
    if (byText) return sorted.direction * left.localeCompare(right);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sorted.direction * (x - y);
  }

  function show() {
    // An axis with one value has no choice.
    const at = AXES.map((key) => (choice[key] ? Number(choice[key].value) : 0));
    const rows = data.rows.filter((row) => at.every((value, i) => row[i] === value));
    // Controls stay below the methods whatever the column.
    rows.sort((a, b) => a[CONTROL] - b[CONTROL] || compare(a, b));
    map(at);
    table.tBodies[0].replaceChildren(...rows.map((row) => {
      const tr = document.createElement("tr");
      if (row[CONTROL]) tr.className = "control";
      tr.append(...texts(row).map((text, i) => {
        const cell = document.createElement(i === 1 ? "th" : "td");
        if (i === 1) cell.scope = "row";
        cell.textContent = text;
        return cell;
      }));
      return tr;
    }));
    if (!rows.length) {
      const cell = table.tBodies[0].insertRow().insertCell();
      cell.colSpan = table.tHead.rows[0].cells.length;
      cell.textContent = "No run has a score here.";
    }
    [...table.tHead.rows[0].cells].forEach((th, i) => {
      if (i !== sorted.column) th.removeAttribute("aria-sort");
      else th.setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
    });
    const [dataset, ...rest] = chosen.map((key) => choice[key].selectedOptions[0].textContent);
    section.querySelector(".view").textContent = `${dataset}: ${rest.join(", ")}`;
  }

  // Not every metric exists on every track, nor every perturbation of every dataset.
  function offer(key, given, value) {
    const there = new Set(data.rows.filter((row) => row[given] === Number(value))
      .map((row) => row[AXES.indexOf(key)]));
    const options = [...choice[key].options];
    for (const option of options) option.disabled = !there.has(Number(option.value));
    if (choice[key].selectedOptions[0].disabled) {
      choice[key].value = options.find((option) => !option.disabled).value;
    }
  }

  function offerWhatThereIs() {
    offer("track", METRIC, choice.metric.value);
    offer("dataset", PERTURBATION, choice.perturbation ? choice.perturbation.value : 0);
  }

  for (const key of chosen) {
    choice[key] = section.querySelector(`select[name=${key}]`);
    choice[key].append(...data[`${key}s`].map((name, i) => new Option(name, i)));
    choice[key].addEventListener("change", () => { offerWhatThereIs(); show(); });
  }
  [...table.tHead.rows[0].cells].forEach((th, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.replaceChildren(button);
    button.addEventListener("click", () => {
      // The first click shows the best first: high scores, low ranks.
      const first = i === 3 || i === 6 || i === 7 ? -1 : 1;
      sorted.direction = sorted.column === i ? -sorted.direction : first;
      sorted.column = i;
      show();
    });
  });
  choice.metric.value = data.ranking;
  for (const part of section.querySelectorAll(".filters, .map")) part.hidden = false;
  offerWhatThereIs();
  show();
})();

// Suggests services while somebody types, in a list that the browser itself shows.
const field = document.querySelector("[data-suggestions]");
if (field) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-suggestions`;
  field.after(list);
  field.setAttribute("list", list.id);
  let asked = "";
  field.addEventListener("input", async () => {
    const typed = field.value.trim();
    if (typed.length < 2 || typed === asked) return;
    asked = typed;
    const answer = await fetch(`${field.dataset.suggestions}?q=${encodeURIComponent(typed)}`);
    if (!answer.ok || asked !== typed) return; // another letter has come meanwhile
    const found = await answer.json();
    list.replaceChildren(...found.map((one) => {
      const option = document.createElement("option");
      option.value = one.title;
      option.label = one.about;
      return option;
    }));
  });
}

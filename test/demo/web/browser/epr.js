// Unsaved work in the note form: the page asks before it is left, as real records do.
const form = document.querySelector('form[data-unsaved-work]');
const state = form.querySelector('output');
const ask = (event) => event.preventDefault();

form.addEventListener('input', () => {
  state.textContent = 'Unsaved changes';
  addEventListener('beforeunload', ask);
});
form.addEventListener('submit', () => removeEventListener('beforeunload', ask));

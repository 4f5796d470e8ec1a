// Pages with a form: long lists, conditional fields, uploads, drafts, one submit per click.
import { combobox } from './parts/combobox.js';
import { draft } from './parts/draft.js';
import { showWhen } from './parts/show_when.js';
import { uploads } from './parts/uploads.js';

for (const select of document.querySelectorAll('select[data-combobox]')) combobox(select);

for (const form of document.querySelectorAll('form.form')) {
  showWhen(form);
  const changed = form.dataset.draft ? draft(form) : () => {};
  for (const box of form.querySelectorAll('[data-uploads]')) uploads(box, changed);
  form.addEventListener('submit', (event) => {
    if (form.querySelector('[data-busy]')) {
      event.preventDefault();
      form.querySelector('[data-busy]').scrollIntoView({ block: 'center' });
      return;
    }
    if (form.hasAttribute('data-sent')) event.preventDefault(); // a second click on the same page
    form.setAttribute('data-sent', '');
    event.submitter?.setAttribute('aria-disabled', 'true');
  });
}

// a page taken from the browser's memory may be sent again
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('[data-sent]')) {
    form.removeAttribute('data-sent');
    form.querySelectorAll('[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  }
});

for (const link of document.querySelectorAll('.callout.bad a[href^="#"]')) {
  link.addEventListener('click', (event) => {
    const field = document.querySelector(`[data-field="${CSS.escape(link.hash.slice(1))}"]`);
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: 'center' });
    field.querySelector('input:not([type=hidden]):not([hidden]), select:not([hidden]), textarea')?.focus();
  });
}

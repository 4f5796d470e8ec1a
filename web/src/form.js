// Pages with a form.

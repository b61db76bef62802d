// Says that scripts run, before the page is drawn: GOV.UK Frontend styles its enhanced components by these two classes.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");

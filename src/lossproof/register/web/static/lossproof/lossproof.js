// Enhances what already works without it.
import { initAll } from "../govuk-frontend/govuk-frontend.min.js";
initAll();

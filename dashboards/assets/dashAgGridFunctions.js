// What the tables need beyond their options: numbers as people write them; a text that a spreadsheet would calculate gets an apostrophe before it.
(function () {
  "use strict";
  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  window.dashAgGridFunctions.plain = (cell) => (/^[=+\-@\t\r]/.test(cell.value) && typeof cell.value === "string" ? "'" + cell.value : cell.value);
  window.dashAgGridFunctions.number = (value) => (value === null || value === undefined ? "" : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 }));
})();

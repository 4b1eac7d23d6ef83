// What the tables need beyond their options: a text that a spreadsheet would calculate gets an apostrophe before it.
(function () {
  "use strict";
  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  window.dashAgGridFunctions.plain = (cell) => (/^[=+\-@\t\r]/.test(cell.value) && typeof cell.value === "string" ? "'" + cell.value : cell.value);
})();

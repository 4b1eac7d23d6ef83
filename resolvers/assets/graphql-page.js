// GraphiQL with a field for the key: the key is kept in this tab only (sessionStorage) and sent to this server only.
"use strict";

const KEPT = "foodflow-key";
const FIRST = `# Paste a key above, then press Ctrl-Enter.
# Where did lot 48088 come from and go to
# (the outbreak of 2011)?

query Trace($code: String!) {
  caller {
    tenant
    name
  }
  trace(input: {starts: [{code: $code}]}) {
    totalActs
    totalLinks
    origins {
      act {
        what
        when
        placeName
      }
      confidence
    }
    missing {
      sort
      words
    }
  }
}
`;

const field = document.getElementById("key");
const who = document.getElementById("who");
const leave = document.getElementById("leave");
const key = () => sessionStorage.getItem(KEPT) || "";

async function ask(question) {
  if (!key()) return { errors: [{ message: "No key, no data: paste a key above." }] };
  if (question.operationName && !question.query.includes(question.operationName)) delete question.operationName; // of the text before
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key()}` };
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(question) });
  return answer.json();
}

async function greet() {
  leave.hidden = !key();
  if (!key()) {
    who.textContent = "No key, no data: paste the key that the first start printed.";
    who.className = "";
    return;
  }
  const answer = await ask({ query: "{ caller { tenant name permissions } }" });
  const caller = answer.data && answer.data.caller;
  who.textContent = caller ? `${caller.name} of ${caller.tenant}: may ${caller.permissions.join(", ")}` : answer.errors[0].message;
  who.className = caller ? "good" : "bad";
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
let drawn = 0;
function draw() {
  drawn += 1; // a new key sees a schema: GraphiQL begins anew and asks for it
  root.render(
    React.createElement(GraphiQL, {
      key: drawn,
      fetcher: ask,
      defaultQuery: FIRST,
      variables: '{\n  "code": "48088"\n}',
      defaultEditorToolsVisibility: "variables",
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false,
    }),
  );
  greet();
}

document.getElementById("login").addEventListener("submit", (event) => {
  event.preventDefault();
  if (field.value.trim()) sessionStorage.setItem(KEPT, field.value.trim());
  field.value = "";
  draw();
});
leave.addEventListener("click", () => {
  sessionStorage.removeItem(KEPT);
  draw();
});
draw();

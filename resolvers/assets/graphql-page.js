// GraphiQL as whoever is signed in (`?tenant=` says in which company), or with a key: it is kept in this tab only (sessionStorage) and sent
// to this server only.
"use strict";

const KEPT = "foodflow-key";
const FIRST = `# Sign in or paste a key above, then press Ctrl-Enter.
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
const company = document.getElementById("company");
const key = () => sessionStorage.getItem(KEPT) || "";
let callers = []; // as whom this browser is signed in, one a company

async function ask(question) {
  if (!key() && !callers.length) return { errors: [{ message: "No key, no data: paste a key above, or sign in." }] };
  if (question.operationName && !question.query.includes(question.operationName)) delete question.operationName; // of the text before
  const rights = key() ? { Authorization: `Bearer ${key()}` } : { "FoodFlow-Tenant": company.value };
  const headers = { "Content-Type": "application/json", ...rights };
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(question) });
  return answer.json();
}

async function greet() {
  leave.hidden = !key();
  company.parentElement.hidden = Boolean(key()) || callers.length < 1;
  if (!key() && !callers.length) {
    who.textContent = "No key, no data: paste a key, or sign in.";
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
company.addEventListener("change", () => {
  history.replaceState({}, "", `/graphql?tenant=${encodeURIComponent(company.value)}`);
  draw();
});

async function begin() {
  const answer = await fetch("/session");
  callers = (await answer.json()).callers;
  const wanted = new URLSearchParams(location.search).get("tenant");
  for (const caller of callers) company.append(new Option(caller.tenant, caller.tenant, false, caller.tenant === wanted));
  draw();
}
begin();

// Signs requests to API Gateway with AWS Signature Version 4, by the browser's own
// cryptography, and sends what the page's form says. Nothing is stored.

const text = new TextEncoder();

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

const sha256 = async (message) => hex(await crypto.subtle.digest("SHA-256", text.encode(message)));

async function hmac(key, message) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, text.encode(message));
}

// encode escapes all but the unreserved characters of RFC 3986.
const encode = (part) =>
  encodeURIComponent(part).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

// sign returns the URL and the headers with which fetch must send the request.
// The browser adds the header host itself. credentials are {accessKeyId,
// secretAccessKey, sessionToken}, and headers those that are to be signed, too.
export async function sign({ method, url, headers = {}, body = "", region, credentials, now = new Date() }) {
  const target = new URL(url);
  target.hash = "";
  // API Gateway reads the query that is sent, so it is sent as it is signed.
  target.search = Array.from(target.searchParams, ([name, value]) => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => (a === b ? Number(x > y) - Number(x < y) : Number(a > b) - Number(a < b)))
    .map((pair) => pair.join("="))
    .join("&");

  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, ""); // 20260131T080000Z
  const hash = await sha256(body);
  const sent = { ...headers, "x-amz-content-sha256": hash, "x-amz-date": time };
  if (credentials.sessionToken) {
    sent["x-amz-security-token"] = credentials.sessionToken;
  }

  const signed = Object.entries({ ...sent, host: target.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, " ")])
    .sort(([a], [b]) => Number(a > b) - Number(a < b));
  const names = signed.map(([name]) => name).join(";");
  const request = [
    method,
    target.pathname.split("/").map(encode).join("/"), // encoded already, so now twice
    target.search.slice(1),
    ...signed.map((header) => header.join(":")),
    "",
    names,
    hash,
  ].join("\n");

  const scope = [time.slice(0, 8), region, "execute-api", "aws4_request"];
  let key = text.encode("AWS4" + credentials.secretAccessKey);
  for (const part of scope) {
    key = await hmac(key, part);
  }
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), await sha256(request)].join("\n");
  const signature = hex(await hmac(key, toSign));
  sent.authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join("/")}, SignedHeaders=${names}, Signature=${signature}`;
  return { url: target.href, headers: sent };
}

// send sends a request without cookies. It follows no redirect, which would take the
// session token along.
export function send({ method, url, headers, body }) {
  return fetch(url, { method, headers, body: body || undefined, credentials: "omit", redirect: "error" });
}

const field = (id) => document.getElementById(id);
const kind = () => field("call").elements.kind.value;

// choose shows the fields of the chosen authorization. The others are not required.
function choose() {
  for (const id of ["signature", "token"]) {
    field(id).hidden = id !== kind();
    for (const input of field(id).querySelectorAll("input, textarea")) {
      input.disabled = id !== kind();
    }
  }
}

// guessRegion fills in the region that the host of the URL names.
function guessRegion() {
  const named = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(field("url").value);
  if (named) {
    field("region").value = named[1];
  }
}

function show(state, line, answer = "") {
  field("status").dataset.state = state;
  field("status").textContent = line;
  field("answer").textContent = answer;
  field("answer").hidden = answer === "";
}

// pretty indents JSON and leaves other text as it is.
function pretty(answer) {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2);
  } catch {
    return answer;
  }
}

async function prepare() {
  const method = field("method").value;
  const body = method === "GET" || method === "HEAD" ? "" : field("body").value;
  const headers = body ? { "content-type": "application/json" } : {};
  const request = { method, url: field("url").value.trim(), headers, body };
  switch (kind()) {
    case "token":
      request.headers.authorization = "Bearer " + field("bearer").value.trim();
      return request;
    case "none":
      return request;
  }
  const credentials = {
    accessKeyId: field("access-key-id").value.trim(),
    secretAccessKey: field("secret-access-key").value.trim(),
    sessionToken: field("session-token").value.trim(),
  };
  if (!credentials.accessKeyId.startsWith("ASIA")) {
    throw new Error("This is not a temporary access key: those begin with ASIA.");
  }
  return { ...request, ...(await sign({ ...request, region: field("region").value.trim(), credentials })) };
}

async function call(event) {
  event.preventDefault();
  show("sending", "Sending …");
  let request;
  try {
    request = await prepare();
  } catch (error) {
    show("failed", error.message);
    return;
  }
  try {
    const response = await send(request);
    const answer = await response.text();
    show(response.ok ? "done" : "refused", `${response.status} ${response.statusText}`.trim(), pretty(answer));
  } catch (error) {
    show("failed", `${error.name}: the browser got no response that this page may read. ` +
      `Is the API reachable, does its CORS configuration list ${location.origin}, ` +
      "and may browsers send such requests to the route?");
  }
}

if (field("call")) {
  field("call").addEventListener("submit", call);
  field("call").addEventListener("change", choose);
  field("url").addEventListener("input", guessRegion);
  choose();
}

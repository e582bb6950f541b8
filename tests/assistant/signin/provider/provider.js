// A real OpenID Connect provider on loopback. Whoever comes is signed in as the person that
// `PUT /person` last named; so a test chooses who is at the browser without filling in forms.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const people = new Map();
let present = "";

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "pincite & co",
      client_secret: "a secret: with % and +",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "name", "groups"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["for tests"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  if (request.method === "PUT" && request.url === "/person") {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { sub, ...claims } = JSON.parse(body);
    people.set(sub, claims);
    present = sub;
    response.end();
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: present } });
  } else {
    answer(request, response);
  }
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));

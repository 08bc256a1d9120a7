// oidc-provider, which others wrote, under X's paths: strict about PKCE, redirects, and refresh tokens of one use.
// node oidc_provider.mjs <node_modules> <port>
import { pathToFileURL } from "node:url";

const [folder, port] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/oidc-provider/lib/index.js`));
const scopes = ["tweet.read", "tweet.write", "users.read", "dm.read", "dm.write", "media.write", "offline.access"];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "app",
      token_endpoint_auth_method: "none",
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: scopes.join(" "),
    },
  ],
  scopes,
  routes: { authorization: "/i/oauth2/authorize", token: "/2/oauth2/token", revocation: "/2/oauth2/revoke" },
  features: { revocation: { enabled: true } },
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));

/* Tokens of forges: where they are looked for, and whom they are for. Private to this folder.
 *
 * In this order: the environment, by the forge's kind and only for the host it is meant for; forge.token-file; forge.token-command; git's credential helper
 * (gitcredentials(7)), which is never let ask a person. What the last two answer is believed for five minutes, so that they are not asked for each effect.
 * A file and a command come from a repository's configuration, or from a plan that another clone made: they are used where the user allowed them, by the same
 * value in the user's own configuration of git, not in the repository's (slipway.token-file, slipway.token-command) or the file in SLIPWAY__FORGE__TOKEN_FILE.
 * A token is looked up by the host of the repository's remote; another host (an address in the
 * configuration, a redirect) never gets it, except the API hosts that belong to a host (api.github.com to github.com, api.SUB.ghe.com to SUB.ghe.com). */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"
#include "base/secret.h"

typedef struct {
    Secret *secret; /* NULL: there is none */
    char *from;     /* "GH_TOKEN", "forge.token-file PATH", "forge.token-command", "git's credential helper" */
} ForgeToken;
void forge_token_clear(ForgeToken *token);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeToken, forge_token_clear)

/* A variable of the environment, and for which hosts it is meant. */
typedef struct {
    const char *variable;
    const char *hosts;         /* globs, separated by blanks: "github.com *.ghe.com"; NULL: for none by itself */
    const char *host_variable; /* names one more host, or an address at it: "GH_HOST", "CI_SERVER_URL"; or NULL */
} ForgeTokenRow;

/* rows: NULL variable at the end. params as of ForgeKind.open: kind, api, remote_host, token_file, token_command, anonymous. False: CONFIG (a file or command
 * that the user has not allowed, a file that cannot be read or is open to others, a command that fails). None at all is no error. */
bool forge_token_find(const ForgeTokenRow *rows, const json_t *params, ForgeToken *token, GError **error);

/* What a person sets for this host: "GH_TOKEN", or "GH_ENTERPRISE_TOKEN (with GH_HOST=git.example.org)" where no variable is meant for it by itself. g_free. */
char *forge_token_hint(const ForgeTokenRow *rows, const char *host);

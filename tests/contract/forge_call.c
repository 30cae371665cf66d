/* The interface of forges as a program, for tests of forges on servers: reads calls as JSON objects, one a line, and answers each with one line.
 *
 *     {"call": "open", "params": {…}}                   → {"ok": {"kind": "github"}}      opens the forge that the calls behind it go to
 *     {"call": "locate", "kind": "github", "remote": "https://…", "api": null}  → {"ok": {"kind", "url", "api", "project", …}}, null: no address
 *     {"call": "claims", "kind": "github", "remote": "https://…"}          → {"ok": true}
 *     {"call": "know", "tag", "id"}                     → {"ok": true}
 *     {"call": "probe"}                                 → {"ok": {"token_from", "login", "missing": […], "remarks": […]}}
 *     {"call": "find", "tag"}                           → {"ok": RELEASE or null}
 *     {"call": "list"}                                  → {"ok": [RELEASE, …]}
 *     {"call": "draft", "release": {"tag", "name", "notes", "target", "mark", "branch", "prerelease", "created"}}   → {"ok": true}
 *     {"call": "edit", "tag", "mark", "name", "notes"}  → {"ok": true}
 *     {"call": "upload", "tag", "mark", "name", "path"} → {"ok": true}
 *     {"call": "upload", "tag", "mark", "uploads": [{"name", "path"}, …], "threads": 4}  → {"ok": [true or {"error": …}, …]}, all at once
 *     {"call": "read", "tag", "name"}                   → {"ok": {"sha256", "size"}}, through find and read_asset
 *     {"call": "remove_asset", "tag", "mark", "name"}   → {"ok": true}
 *     {"call": "publish", "tag", "mark", "when", "latest": true}  → {"ok": true}
 *     {"call": "withdraw"|"remove_draft", "tag", "mark"}          → {"ok": true}
 *     {"call": "latest"}                                → {"ok": TAG or null}
 *     {"call": "set_latest", "tag": TAG or null}        → {"ok": true}
 *     {"call": "place", "tag"}                          → {"ok": "https://…"}
 *     {"call": "issues", "label"}                       → {"ok": [ISSUE, …]}
 *     {"call": "create_issue", "issue": {"title", "body", "labels": […]}, "mark"}  → {"ok": ISSUE}
 *     {"call": "comment", "number", "body", "mark"}     → {"ok": true}
 *     {"call": "pulls", "commit"}                       → {"ok": [{"number", "title", "url", "login", "bot"}, …]}
 *
 * Any call may have "params" of its own: then it goes to a forge that is opened for it alone, as each effect does.
 * RELEASE: {id, tag, name, notes, mark, url, target, branch, prerelease, latest, state, settled, created, published, assets: [{name, size, sha256, url, id,
 * half, downloads}]}; ISSUE: {number, title, body, url, open, labels}. A call that fails: {"error": {code, what, why, state, fix, …}} (error_to_json). A forge
 * without this call: {"error": null}. */
#include "base/jsonx.h"
#include "forge/forge.h"

#include <stdio.h>
#include <string.h>

/* ---- out ---- */

static json_t *text_or_null(const char *text) {
    return text != NULL ? jsonx_text(text) : json_null();
}

static json_t *texts(const GPtrArray *list) {
    json_t *array = json_array();
    for (guint i = 0; list != NULL && i < list->len; i++)
        json_array_append_new(array, jsonx_text(list->pdata[i]));
    return array;
}

static json_t *asset_json(const ForgeAsset *asset) {
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:b, s:I}", "name", jsonx_text(asset->name), "size", (json_int_t)asset->size, "sha256",
                     text_or_null(asset->sha256), "url", text_or_null(asset->url), "id", text_or_null(asset->id), "half", (int)asset->half, "downloads",
                     (json_int_t)asset->downloads);
}

static json_t *release_json(const ForgeRelease *release) {
    json_t *assets = json_array();
    for (guint i = 0; i < release->assets->len; i++)
        json_array_append_new(assets, asset_json(release->assets->pdata[i]));
    json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_or_null(release->id), "tag", text_or_null(release->tag), "name",
                             text_or_null(release->name), "notes", text_or_null(release->notes), "mark", text_or_null(release->mark), "url",
                             text_or_null(release->url), "target", text_or_null(release->target), "branch", text_or_null(release->branch));
    json_t *rest = json_pack("{s:b, s:b, s:s, s:b, s:I, s:I, s:o}", "prerelease", (int)release->prerelease, "latest", (int)release->latest, "state",
                             forge_state_name(release->state), "settled", (int)release->settled, "created", (json_int_t)release->created, "published",
                             (json_int_t)release->published, "assets", assets);
    json_object_update_new(json, rest);
    return json;
}

static json_t *issue_json(const ForgeIssue *issue) {
    return json_pack("{s:I, s:o, s:o, s:o, s:b, s:o}", "number", (json_int_t)issue->number, "title", text_or_null(issue->title), "body",
                     text_or_null(issue->body), "url", text_or_null(issue->url), "open", (int)issue->open, "labels", texts(issue->labels));
}

static json_t *pull_json(const ForgePull *pull) {
    return json_pack("{s:I, s:o, s:o, s:o, s:b}", "number", (json_int_t)pull->number, "title", text_or_null(pull->title), "url", text_or_null(pull->url),
                     "login", text_or_null(pull->login), "bot", (int)pull->bot);
}

/* NULL list: an error was set. */
static json_t *all(GPtrArray *list, json_t *(*shown)(gconstpointer)) {
    json_t *array = list != NULL ? json_array() : NULL;
    for (guint i = 0; list != NULL && i < list->len; i++)
        json_array_append_new(array, shown(list->pdata[i]));
    if (list != NULL)
        g_ptr_array_unref(list);
    return array;
}

static json_t *show_release(gconstpointer release) {
    return release_json(release);
}
static json_t *show_issue(gconstpointer issue) {
    return issue_json(issue);
}
static json_t *show_pull(gconstpointer pull) {
    return pull_json(pull);
}

static json_t *yes(bool done) {
    return done ? json_true() : NULL;
}

/* ---- in ---- */

static const char *text_of(const json_t *call, const char *key) {
    const char *text = jsonx_string(call, key);
    return text != NULL ? text : "";
}

static json_t *call_know(Forge *forge, const json_t *call, GError **error) {
    (void)error;
    forge->kind->know(forge, text_of(call, "tag"), jsonx_string(call, "id"));
    return json_true();
}

static json_t *call_probe(Forge *forge, const json_t *call, GError **error) {
    g_auto(ForgeAccess) access = {0};
    (void)call;
    if (!forge->kind->probe(forge, &access, error))
        return NULL;
    return json_pack("{s:o, s:o, s:o, s:o}", "token_from", text_or_null(access.token_from), "login", text_or_null(access.login), "missing",
                     texts(access.missing), "remarks", texts(access.remarks));
}

static json_t *call_find(Forge *forge, const json_t *call, GError **error) {
    GError *problem = NULL;
    g_autoptr(ForgeRelease) release = forge->kind->find(forge, text_of(call, "tag"), &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem != NULL ? NULL : release != NULL ? release_json(release) : json_null();
}

static json_t *call_list(Forge *forge, const json_t *call, GError **error) {
    (void)call;
    return all(forge->kind->list(forge, error), show_release);
}

static json_t *call_draft(Forge *forge, const json_t *call, GError **error) {
    const json_t *from = json_object_get(call, "release");
    g_autoptr(ForgeRelease) release = forge_release_new();
    release->tag = g_strdup(text_of(from, "tag"));
    release->name = g_strdup(text_of(from, "name"));
    release->notes = g_strdup(text_of(from, "notes"));
    release->target = g_strdup(text_of(from, "target"));
    release->mark = g_strdup(text_of(from, "mark"));
    release->branch = g_strdup(jsonx_string(from, "branch"));
    release->prerelease = jsonx_bool(from, "prerelease", false);
    release->created = jsonx_int(from, "created", 1790000000);
    return yes(forge->kind->draft(forge, release, error));
}

static json_t *call_edit(Forge *forge, const json_t *call, GError **error) {
    return yes(forge->kind->edit(forge, text_of(call, "tag"), text_of(call, "mark"), text_of(call, "name"), text_of(call, "notes"), error));
}

typedef struct {
    const json_t *file;
    GError *error;
    bool done;
} Sent;

typedef struct {
    Forge *forge;
    const json_t *call;
    Sent *sent;
    gint count, next;
} Uploads;

static gpointer send_next(gpointer data) {
    Uploads *uploads = data;
    gint at;
    while ((at = g_atomic_int_add(&uploads->next, 1)) < uploads->count) {
        Sent *sent = &uploads->sent[at];
        sent->done = uploads->forge->kind->upload(uploads->forge, text_of(uploads->call, "tag"), text_of(uploads->call, "mark"), text_of(sent->file, "name"),
                                                  text_of(sent->file, "path"), &sent->error);
    }
    return NULL;
}

/* Threads are joined, as those of a pool cannot be: one that is still ending when the program ends looks like a leak. */
static json_t *upload_all(Forge *forge, const json_t *call, const json_t *files) {
    guint count = (guint)json_array_size(files), threads = (guint)CLAMP(jsonx_int(call, "threads", 4), 1, 64);
    g_autofree Sent *sent = g_new0(Sent, count + 1);
    g_autofree GThread **running = g_new0(GThread *, threads);
    Uploads uploads = {.forge = forge, .call = call, .sent = sent, .count = (gint)count};
    for (guint i = 0; i < count; i++)
        sent[i].file = json_array_get(files, i);
    for (guint i = 0; i < threads; i++)
        running[i] = g_thread_new("upload", send_next, &uploads);
    for (guint i = 0; i < threads; i++)
        g_thread_join(running[i]);
    json_t *outcomes = json_array();
    for (guint i = 0; i < count; i++) {
        json_array_append_new(outcomes, sent[i].done ? json_true() : json_pack("{s:o}", "error", error_to_json(sent[i].error)));
        g_clear_error(&sent[i].error);
    }
    return outcomes;
}

static json_t *call_upload(Forge *forge, const json_t *call, GError **error) {
    const json_t *files = json_object_get(call, "uploads");
    if (files != NULL)
        return upload_all(forge, call, files);
    return yes(forge->kind->upload(forge, text_of(call, "tag"), text_of(call, "mark"), text_of(call, "name"), text_of(call, "path"), error));
}

static json_t *call_read(Forge *forge, const json_t *call, GError **error) {
    g_autoptr(ForgeRelease) release = forge->kind->find(forge, text_of(call, "tag"), error);
    const ForgeAsset *asset = release != NULL ? forge_release_asset(release, text_of(call, "name")) : NULL;
    if (asset == NULL) {
        if (error != NULL && *error == NULL)
            error_set(error, ERROR_CONFLICT, "there is no asset %s of %s", text_of(call, "name"), text_of(call, "tag"));
        return NULL;
    }
    guint64 size = 0;
    g_autofree char *digest = forge_asset_digest(forge, &(ForgeWanted){.release = release, .asset = asset, .limit = G_MAXUINT64}, &size, error);
    return digest != NULL ? json_pack("{s:s, s:I}", "sha256", digest, "size", (json_int_t)size) : NULL;
}

static json_t *call_remove_asset(Forge *forge, const json_t *call, GError **error) {
    return yes(forge->kind->remove_asset(forge, text_of(call, "tag"), text_of(call, "mark"), text_of(call, "name"), error));
}

static json_t *call_publish(Forge *forge, const json_t *call, GError **error) {
    ForgePublish publish = {.when = jsonx_int(call, "when", 1790000000), .latest = jsonx_bool(call, "latest", false)};
    return yes(forge->kind->publish(forge, text_of(call, "tag"), text_of(call, "mark"), &publish, error));
}

static json_t *call_withdraw(Forge *forge, const json_t *call, GError **error) {
    return yes(forge->kind->withdraw(forge, text_of(call, "tag"), text_of(call, "mark"), error));
}

static json_t *call_remove_draft(Forge *forge, const json_t *call, GError **error) {
    return yes(forge->kind->remove_draft(forge, text_of(call, "tag"), text_of(call, "mark"), error));
}

static json_t *call_latest(Forge *forge, const json_t *call, GError **error) {
    GError *problem = NULL;
    (void)call;
    g_autofree char *tag = forge->kind->latest(forge, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem != NULL ? NULL : text_or_null(tag);
}

static json_t *call_set_latest(Forge *forge, const json_t *call, GError **error) {
    return yes(forge->kind->set_latest(forge, jsonx_string(call, "tag"), error));
}

static json_t *call_place(Forge *forge, const json_t *call, GError **error) {
    (void)error;
    g_autofree char *place = forge->kind->place(forge, text_of(call, "tag"));
    return text_or_null(place);
}

static json_t *call_issues(Forge *forge, const json_t *call, GError **error) {
    return forge->kind->issues != NULL ? all(forge->kind->issues(forge, text_of(call, "label"), error), show_issue) : NULL;
}

static json_t *call_create_issue(Forge *forge, const json_t *call, GError **error) {
    const json_t *from = json_object_get(call, "issue");
    g_auto(GStrv) labels = jsonx_to_strv(json_object_get(from, "labels"));
    ForgeIssue issue = {.title = (char *)text_of(from, "title"), .body = (char *)text_of(from, "body"), .labels = g_ptr_array_new()};
    for (guint i = 0; labels != NULL && labels[i] != NULL; i++)
        g_ptr_array_add(issue.labels, labels[i]);
    ForgeIssue *made = forge->kind->create_issue != NULL ? forge->kind->create_issue(forge, &issue, text_of(call, "mark"), error) : NULL;
    json_t *shown = made != NULL ? issue_json(made) : NULL;
    g_ptr_array_unref(issue.labels);
    forge_issue_free(made);
    return shown;
}

static json_t *call_comment(Forge *forge, const json_t *call, GError **error) {
    if (forge->kind->comment == NULL)
        return NULL;
    return yes(forge->kind->comment(forge, jsonx_int(call, "number", 0), text_of(call, "body"), text_of(call, "mark"), error));
}

static json_t *call_pulls(Forge *forge, const json_t *call, GError **error) {
    return forge->kind->pulls != NULL ? all(forge->kind->pulls(forge, text_of(call, "commit"), error), show_pull) : NULL;
}

/* ---- without a forge that is open ---- */

static json_t *call_locate(const json_t *call) {
    const ForgeKind *kind = forge_kind(text_of(call, "kind"));
    g_auto(ForgeRemote) remote = {0};
    bool parsed = forge_remote_parse(text_of(call, "remote"), &remote);
    return parsed && kind != NULL && kind->locate != NULL ? kind->locate(&remote, jsonx_string(call, "api")) : json_null();
}

static json_t *call_claims(const json_t *call) {
    const ForgeKind *kind = forge_kind(text_of(call, "kind"));
    g_auto(ForgeRemote) remote = {0};
    bool parsed = forge_remote_parse(text_of(call, "remote"), &remote);
    return json_boolean(parsed && kind != NULL && kind->claims != NULL && kind->claims(&remote));
}

typedef struct {
    const char *name;
    json_t *(*run)(Forge *, const json_t *, GError **);
} Call;

static const Call calls[] = {
    {"know", call_know},
    {"probe", call_probe},
    {"find", call_find},
    {"list", call_list},
    {"draft", call_draft},
    {"edit", call_edit},
    {"upload", call_upload},
    {"read", call_read},
    {"remove_asset", call_remove_asset},
    {"publish", call_publish},
    {"withdraw", call_withdraw},
    {"remove_draft", call_remove_draft},
    {"latest", call_latest},
    {"set_latest", call_set_latest},
    {"place", call_place},
    {"issues", call_issues},
    {"create_issue", call_create_issue},
    {"comment", call_comment},
    {"pulls", call_pulls},
};

/* New reference; NULL with error, or without one where the forge has no such call. */
static json_t *run(Forge **open, const json_t *call, GError **error) {
    const char *name = text_of(call, "call");
    const json_t *params = json_object_get(call, "params");
    if (strcmp(name, "locate") == 0)
        return call_locate(call);
    if (strcmp(name, "claims") == 0)
        return call_claims(call);
    g_autoptr(Forge) own = params != NULL ? forge_open(params, error) : NULL;
    if (params != NULL && own == NULL)
        return NULL;
    if (strcmp(name, "open") == 0) {
        forge_close(*open);
        *open = g_steal_pointer(&own);
        return json_pack("{s:s}", "kind", *open != NULL ? (*open)->kind->name : "none");
    }
    Forge *forge = own != NULL ? own : *open;
    for (guint i = 0; forge != NULL && i < G_N_ELEMENTS(calls); i++) {
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].run(forge, call, error);
    }
    error_set(error, ERROR_USAGE, forge == NULL ? "no forge is open for \"%s\"" : "there is no call \"%s\"", name);
    return NULL;
}

static void answer(Forge **open, const char *line) {
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) call = jsonx_parse(line, strlen(line), 1 << 24, "stdin", &error);
    json_t *came = call != NULL ? run(open, call, &error) : NULL;
    json_t *failed = error != NULL ? error_to_json(error) : json_null();
    g_autoptr(json_t) shown = came != NULL ? json_pack("{s:o}", "ok", came) : json_pack("{s:o}", "error", failed);
    if (came != NULL)
        json_decref(failed);
    g_autofree char *text = jsonx_canonical(shown);
    puts(text);
    fflush(stdout);
}

int main(void) {
    Forge *open = NULL;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0)
        answer(&open, line);
    free(line);
    forge_close(open);
    return 0;
}

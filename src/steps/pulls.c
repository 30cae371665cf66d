#include "steps/pulls.h"

#include "changelog/escape.h"
#include "forge/forge.h"

#define MAX_COMMITS 300

static gint by_number(gconstpointer a, gconstpointer b) {
    const ForgePull *first = *(const ForgePull *const *)a, *second = *(const ForgePull *const *)b;
    return first->number < second->number ? -1 : first->number > second->number ? 1 : 0;
}

static json_t *pull_json(const ForgePull *pull, const char *sign, bool mentions) {
    g_autofree char *title = escape_markdown(pull->title, mentions);
    g_autofree char *name = g_strconcat("@", pull->login, NULL);
    g_autofree char *by = escape_markdown(pull->login != NULL ? name : "", mentions);
    return json_pack("{s: s, s: I, s: o, s: o, s: o, s: b}", "sign", sign, "number", (json_int_t)pull->number, "title", jsonx_text(title), "url",
                     jsonx_text(pull->url), "by", jsonx_text(by), "bot", (int)pull->bot);
}

/* Adds those that are not there yet; takes them out of `found`. */
static void take(GPtrArray *pulls, GHashTable *numbers, GPtrArray *found) {
    g_ptr_array_set_free_func(found, NULL);
    for (guint i = 0; i < found->len; i++) {
        ForgePull *pull = found->pdata[i];
        if (g_hash_table_add(numbers, g_memdup2(&pull->number, sizeof pull->number)))
            g_ptr_array_add(pulls, pull);
        else
            forge_pull_free(pull);
    }
}

json_t *release_pulls(const World *world, const HistoryPart *part, GError **error) {
    g_autoptr(Forge) forge = forge_open(world->forge, error);
    g_autoptr(GPtrArray) pulls = g_ptr_array_new_with_free_func((GDestroyNotify)forge_pull_free);
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (forge == NULL)
        return NULL;
    for (guint i = 0; forge->kind->pulls != NULL && i < part->commits->len && i < MAX_COMMITS; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        g_autoptr(GPtrArray) found = forge->kind->pulls(forge, commit->id, error);
        if (found == NULL)
            return NULL;
        take(pulls, numbers, found);
    }
    g_ptr_array_sort(pulls, by_number);
    json_t *list = json_array();
    for (guint i = 0; i < pulls->len; i++)
        json_array_append_new(list, pull_json(pulls->pdata[i], forge->kind->pull_sign, config_bool(world->config, "notes.mentions")));
    return list;
}

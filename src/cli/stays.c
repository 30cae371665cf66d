#include "cli/stays.h"

#include "base/text.h"
#include "share/share.h"

#include <stdio.h>

/* Each ref only while it is what was seen: another clone may begin the release anew meanwhile. g_free. */
static char *command_of(const char *remote, const json_t *refs) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *ref;
    json_t *id;
    g_ptr_array_add(words, g_strdup("git"));
    g_ptr_array_add(words, g_strdup("push"));
    json_object_foreach((json_t *)refs, ref, id) g_ptr_array_add(words, g_strdup_printf("--force-with-lease=%s:%s", ref, json_string_value(id)));
    g_ptr_array_add(words, g_strdup(remote));
    json_object_foreach((json_t *)refs, ref, id) g_ptr_array_add(words, g_strconcat(":", ref, NULL));
    g_ptr_array_add(words, NULL);
    return text_command((const char *const *)words->pdata);
}

/* With its candidate a release counts as open in every clone. */
static const char *why_of(GHashTable *list, const char *name) {
    g_autoptr(GPtrArray) open = share_open_names(list);
    for (guint i = 0; i < open->len; i++) {
        if (g_str_equal(g_ptr_array_index(open, i), name))
            return "other clones still see the release as being worked on";
    }
    return "other clones see by it that the release has ended, so that none goes on with it";
}

static json_t *refs_of(GHashTable *list, const char *name) {
    json_t *refs = json_object();
    const char *const folders[] = {"refs/slipway/candidates/", "refs/slipway/runs/"};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *ref = g_strconcat(folders[i], name, NULL);
        const char *id = g_hash_table_lookup(list, ref);
        if (id != NULL)
            json_object_set_new(refs, ref, json_string(id));
    }
    return refs;
}

static json_t *not_seen(const char *remote, const GError *problem) {
    return json_pack("{s: b, s: s, s: {}, s: s}", "seen", 0, "remote", remote, "refs", "why", problem->message);
}

json_t *stays_look(const Git *git, const Engine *engine) {
    const Plan *plan = engine_plan(engine);
    const char *remote = jsonx_string(plan->world, "remote"), *tag = jsonx_string(plan->release, "tag");
    if (remote == NULL || tag == NULL || share_when(jsonx_string(plan->release, "share")) != SHARE_ON)
        return NULL;
    g_autofree char *name = share_name(tag);
    g_autoptr(GError) problem = NULL;
    g_autoptr(GHashTable) list = share_list(git, remote, &problem);
    if (list == NULL)
        return not_seen(remote, problem);
    json_t *refs = refs_of(list, name);
    g_autofree char *command = command_of(remote, refs);
    json_t *stays = json_object_size(refs) == 0
                        ? NULL
                        : json_pack("{s: b, s: s, s: O, s: s, s: s}", "seen", 1, "remote", remote, "refs", refs, "why", why_of(list, name), "remove", command);
    json_decref(refs);
    return stays;
}

static void print_line(const char *label, const char *text) {
    g_autofree char *clean = text_escape(text, -1, false);
    printf("  %-9s %s\n", label, clean);
}

void stays_print(const json_t *stays) {
    const char *remote = jsonx_string(stays, "remote"), *why = jsonx_string(stays, "why"), *ref;
    json_t *id;
    if (!json_is_true(json_object_get(stays, "seen"))) {
        g_autofree char *text = g_strdup_printf("whether a record of it stays on %s: %s", remote, why);
        print_line("not seen", text);
        const char *words[] = {"git", "ls-remote", remote, "refs/slipway/*", NULL};
        g_autofree char *look = text_command(words);
        print_line("look", look);
        return;
    }
    json_object_foreach((json_t *)json_object_get(stays, "refs"), ref, id) {
        g_autofree char *text = g_strdup_printf("%s on %s", ref, remote);
        print_line("stays", text);
    }
    print_line("why", why);
    print_line("remove", jsonx_string(stays, "remove"));
}

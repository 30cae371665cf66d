#include "cli/summary.h"

#include "base/text.h"
#include "cli/left.h"
#include "cli/stays.h"

#include <stdio.h>

static void print_line(const char *label, const char *text) {
    g_autofree char *clean = text_escape(text, -1, false);
    printf("  %-10s %s\n", label, clean);
}

static void print_result(const Engine *engine, const char *effect, const char *field, const char *label) {
    const char *text = jsonx_string(engine_result(engine, effect), field);
    if (text != NULL)
        print_line(label, text);
}

static void print_files(const json_t *files, const char *folder) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        const char *name = jsonx_string(file, "name");
        const char *sha256 = jsonx_string(file, "sha256");
        g_autofree char *text = g_strdup_printf("%s  sha256 %.16s…", name != NULL ? name : "?", sha256 != NULL ? sha256 : "?");
        print_line(i == 0 ? folder : "", text);
    }
}

static bool was_undone(const Engine *engine) {
    const Plan *plan = engine_plan(engine);
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (engine_state(engine, effect->id) == EFFECT_DONE)
            return false;
    }
    return plan->effects->len > 0;
}

/* What was made to be shipped: with its signature, where there is one. */
static const json_t *assets_of(const Engine *engine) {
    const json_t *signed_ones = engine_result(engine, "prove/signature");
    return signed_ones != NULL ? signed_ones : engine_result(engine, "prove/artifacts");
}

/* Last, so that it is not overlooked. */
static void print_untried(const Engine *engine) {
    const Plan *plan = engine_plan(engine);
    for (guint i = 0; !was_undone(engine) && i < plan->effects->len; i++) {
        const char *id = ((const Effect *)g_ptr_array_index(plan->effects, i))->id;
        const char *why = jsonx_string(engine_result(engine, id), "untried");
        g_autofree char *text = why != NULL ? g_strdup_printf("%s: %s", id, why) : NULL;
        if (text != NULL)
            print_line("NOT TRIED", text);
    }
}

static void print_release(const Engine *engine) {
    const json_t *release = engine_plan(engine)->release;
    const char *version = jsonx_string(release, "version");
    printf("%s %s is released\n", jsonx_string(release, "project"), version);
    print_result(engine, "publish/release", "url", "published");
    print_result(engine, "prepare/tag", "target", "commit");
    const json_t *artifacts = assets_of(engine);
    if (artifacts != NULL)
        print_files(json_object_get(artifacts, "files"), "packages");
    print_line("logs", engine_work_dir(engine));
}

/* What is new is named already; of what git ignores nobody knows what it was. */
static void print_aborted(const Engine *engine, const Session *session) {
    g_autoptr(json_t) stays = stays_look(session->git, engine);
    bool more = session->before != NULL && (session->left == NULL || session->left->len > 0);
    const char *all = more ? "all that git tracks here" : stays == NULL ? "everything" : "everything here";
    printf("%s is aborted; %s is as it was\n", engine_run_id(engine), all);
    if (stays != NULL)
        stays_print(stays);
}

void summary_print(const Engine *engine, const Session *session) {
    const Plan *plan = engine_plan(engine);
    if (was_undone(engine))
        print_aborted(engine, session);
    else if (g_str_equal(plan->command, "release"))
        print_release(engine);
    else if (assets_of(engine) != NULL)
        print_files(json_object_get(assets_of(engine), "files"), "packages");
    print_untried(engine);
}

void summary_print_json(const Engine *engine, const Session *session, const GError *problem) {
    const Plan *plan = engine_plan(engine);
    g_autoptr(json_t) document = json_pack("{s: i, s: s, s: O, s: s, s: b}", "schema", 1, "run", engine_run_id(engine), "release", plan->release, "state",
                                           problem != NULL      ? "stopped"
                                           : was_undone(engine) ? "aborted"
                                                                : "done",
                                           "crossed", (int)engine_crossed(engine));
    json_t *results = json_object();
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        const json_t *result = engine_result(engine, effect->id);
        if (result != NULL)
            json_object_set_new(results, effect->id, json_deep_copy(result));
    }
    json_object_set_new(document, "results", results);
    json_t *stays = problem == NULL && was_undone(engine) ? stays_look(session->git, engine) : NULL;
    json_object_set_new(document, "stays", stays != NULL ? stays : json_null());
    json_object_set_new(document, "left", left_json(session->left));
    if (problem != NULL)
        json_object_set_new(document, "error", error_to_json(problem));
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

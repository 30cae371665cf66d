/* The plan, for a person to check. */
#include "base/terminal.h"
#include "base/text.h"
#include "cli/view_private.h"
#include "cli/words.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *colour(const char *name) {
    return terminal_colour(STDOUT_FILENO, name);
}

#define LABEL_WIDTH 12
#define INDENT 6

static void print_labelled(const char *label, const char *text) {
    printf("  %-9s ", label);
    words_print(stdout, text, LABEL_WIDTH, 0);
    putchar('\n');
}

static void print_field(const json_t *release, const char *key, const char *label) {
    const char *text = jsonx_string(release, key);
    g_autofree char *clean = text != NULL ? text_escape(text, -1, false) : NULL;
    if (clean != NULL)
        print_labelled(label, clean);
}

static void print_header(const Plan *plan) {
    const json_t *release = plan->release;
    const char *previous = jsonx_string(release, "previous");
    g_autofree char *project = text_escape(jsonx_string(release, "project"), -1, false);
    const char *version = jsonx_string(release, "version");
    printf("%s%s%s", colour("bold"), project, colour("reset"));
    if (version != NULL)
        printf("  %s %s %s", previous != NULL ? previous : "(none)", terminal_has_utf8() ? "→" : "->", version);
    putchar('\n');
    print_field(release, "tag", "tag");
    print_field(release, "branch", "branch");
    print_field(release, "base", "base");
    print_field(release, "remote", "remote");
    printf("  %-9s %.16s\n", "plan", plan->hash);
}

static const char *hue_of(const char *line) {
    bool file = g_str_has_prefix(line, "+++ ") || g_str_has_prefix(line, "--- ");
    if (file)
        return "bold";
    return *line == '+' ? "green" : *line == '-' ? "red" : g_str_has_prefix(line, "@@") ? "blue" : "dim";
}

static void print_detail(const char *text) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' || lines[i + 1] != NULL)
            printf("      %s%s%s\n", colour(hue_of(lines[i])), lines[i], colour("reset"));
    }
}

static void print_dim(const char *label, const char *text) {
    printf("%*s%s%s", INDENT, "", colour("dim"), label);
    words_print(stdout, text, INDENT + strlen(label), 0);
    printf("%s\n", colour("reset"));
}

static void print_effect(const Effect *effect, guint number) {
    g_autofree char *title = text_escape(effect->title, -1, false);
    g_autofree char *detail = effect->kind->detail != NULL ? effect->kind->detail(effect->params) : NULL;
    g_autofree char *rest = effect_rest(effect->kind, effect->params);
    g_autofree char *with = rest != NULL ? text_escape(rest, -1, false) : NULL;
    printf("  %2u. ", number);
    gsize used = words_print(stdout, title, INDENT, 0);
    printf(" %s", colour("dim"));
    words_print(stdout, effect->id, INDENT, used + 1);
    printf("%s\n", colour("reset"));
    if (with != NULL)
        print_dim("with: ", with);
    if (detail != NULL)
        print_detail(detail);
    print_dim("undo: ", effect->kind->undo_note);
}

static void print_line_of_no_return(void) {
    const char *rule = terminal_has_utf8() ? "━━━━━━━━━━" : "==========";
    printf("\n%s%s point of no return %s%s\n", colour("yellow"), rule, rule, colour("reset"));
    fputs(colour("dim"), stdout);
    words_print(stdout, "Before it, slipway abort takes everything back. From here on others can see the release.", 0, 0);
    printf("%s\n", colour("reset"));
}

static void print_effects(const Plan *plan) {
    const Effect *line = plan_point_of_no_return(plan);
    Stage stage = STAGE_COUNT;
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (effect == line)
            print_line_of_no_return();
        if (effect->stage != stage)
            printf("\n%s%s%s\n", colour("bold"), stage_name(effect->stage), colour("reset"));
        stage = effect->stage;
        print_effect(effect, i + 1);
    }
}

void view_print_skipped(const Plan *plan) {
    for (gsize i = 0; i < json_array_size(plan->skipped); i++) {
        const json_t *row = json_array_get(plan->skipped, i);
        g_autofree char *step = text_escape(jsonx_string(row, "step"), -1, false);
        g_autofree char *reason = text_escape(jsonx_string(row, "reason"), -1, false);
        bool many = strchr(step, ' ') == NULL && g_str_has_suffix(step, "s");
        g_autofree char *line = g_strdup_printf("%s %s skipped: %s", step, many ? "are" : "is", reason);
        fputs(i == 0 ? "\n" : "", stdout);
        words_print(stdout, line, 2, 0);
        putchar('\n');
    }
}

void view_print_notes(const Plan *plan) {
    for (gsize i = 0; i < json_array_size(plan->notes); i++) {
        const json_t *row = json_array_get(plan->notes, i);
        g_autofree char *subject = text_escape(jsonx_string(row, "subject"), -1, false);
        g_autofree char *text = text_escape(jsonx_string(row, "text"), -1, false);
        print_labelled(subject, text);
    }
}

static void print_problems(const Plan *plan) {
    /* A single one is the error that follows. */
    for (guint i = 0; plan->problems->len > 1 && i < plan->problems->len; i++) {
        putchar('\n');
        view_error_text(stdout, g_ptr_array_index(plan->problems, i), 0);
    }
}

void view_print_plan(const Plan *plan) {
    print_header(plan);
    view_print_notes(plan);
    if (plan->problems->len > 0) {
        print_problems(plan);
        printf("\n");
        return;
    }
    print_effects(plan);
    view_print_skipped(plan);
    printf("\n");
}

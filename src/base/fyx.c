#include "base/fyx.h"

FyDiag *fyx_diag(void) {
    struct fy_diag_cfg config;
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    FyDiag *diag = fy_diag_create(&config);
    fy_diag_set_collect_errors(diag, true);
    return diag;
}

struct fy_parse_cfg fyx_config(FyDiag *diag) {
    return (struct fy_parse_cfg){.flags = FYPCF_QUIET, .diag = diag};
}

const struct fy_diag_error *fyx_problem(FyDiag *diag) {
    void *at = NULL;
    return fy_diag_errors_iterate(diag, &at);
}

char *fyx_text(const struct fy_diag_error *problem) {
    g_autoptr(GString) text = g_string_new(problem->msg);
    g_string_replace(text, "indendation", "indentation", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

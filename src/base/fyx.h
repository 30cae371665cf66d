/* libfyaml made to fit: freed at the end of a scope, and what it finds wrong is kept and not printed. */
#pragma once

#include <glib.h>
#include <libfyaml.h>

typedef struct fy_diag FyDiag;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FyDiag, fy_diag_destroy)
typedef struct fy_parser FyParser;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FyParser, fy_parser_destroy)
typedef struct fy_document FyDocument;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FyDocument, fy_document_destroy)

/* Where problems are kept. It must outlive what reads with it. */
FyDiag *fyx_diag(void);
/* How to read, with that. */
struct fy_parse_cfg fyx_config(FyDiag *diag);
/* The first problem; NULL: none. Borrowed from diag. */
const struct fy_diag_error *fyx_problem(FyDiag *diag);
/* What it says, less libfyaml's own slips of the pen. g_free. */
char *fyx_text(const struct fy_diag_error *problem);

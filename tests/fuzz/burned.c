/* refs/slipway/burned: any bytes are a list, bounded, of versions that are versions, or an error. */
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "share/share.h"
#include "version/version.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = share_burned_read(bytes, &error);
    PROMISE((list == NULL) == (error != NULL));
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const ShareBurned *burned = list->pdata[i];
        g_autoptr(Version) version = version_parse(burned->version, NULL);
        PROMISE(version != NULL && *burned->tag != '\0' && *burned->who != '\0');
        PROMISE(*burned->reason != '\0' && strlen(burned->reason) <= SHARE_REASON_LIMIT && burned->when >= 0);
    }
    return 0;
}

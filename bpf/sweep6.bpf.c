/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 6
#include <stddef.h>
#include "sweep/sweep.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// libidn2 for Swift: domain names by UTS 46.
#ifndef ASSENT_CIDN_SHIM_H
#define ASSENT_CIDN_SHIM_H

#include <idn2.h>

#if IDN2_VERSION_NUMBER < 0x02030000
#error "libidn2 2.3 is needed: older ones do not check that an A-label converts back"
#endif

#endif

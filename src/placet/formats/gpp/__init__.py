"""GPP strings, their US and EU sections, the US Privacy string and GPC."""

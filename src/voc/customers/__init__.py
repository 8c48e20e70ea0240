"""Customer tables: cleaning of orders, RFM and segments, churn. ibis tables in, ibis tables out."""

"""The words on an invoice, by its own language: never the reader's, so that they don't come from the page's catalogue."""

TEXTS = {
    "es": {"VAT 21 %": "IVA 21 %", "Exempt": "Exento"},
    "de": {"VAT 21 %": "MwSt. 21 %", "Exempt": "Steuerfrei"},
    "fr": {"VAT 21 %": "TVA 21 %", "Exempt": "Exonéré"},
    "it": {"VAT 21 %": "IVA 21 %", "Exempt": "Esente"},
    "pt": {"VAT 21 %": "IVA 21 %", "Exempt": "Isento"},
}
"""What the taxes that a new installation begins with are called elsewhere, until Setup says otherwise."""

WORDS = {
    "en": {
        "invoice": "Invoice", "credit_note": "Credit note", "date": "Date", "due": "Due", "paid_on": "Paid on", "reference": "Reference",
        "customer": "Customer", "fiscal_id": "Fiscal ID", "concept": "Concept", "quantity": "Quantity", "price": "Price",
        "discount": "Discount", "amount": "Amount", "gross": "Sum", "base": "Base", "withholding": "Withholding", "total": "Total",
        "payment": "Payment", "paid": "Paid", "canceled": "Cancelled", "page": "Page", "of": "of", "tax": "Tax", "on": "on",
    },
    "es": {
        "invoice": "Factura", "credit_note": "Factura rectificativa", "date": "Fecha", "due": "Vencimiento", "paid_on": "Pagada el",
        "reference": "Referencia", "customer": "Cliente", "fiscal_id": "NIF", "concept": "Concepto", "quantity": "Cantidad",
        "price": "Precio", "discount": "Descuento", "amount": "Importe", "gross": "Suma", "base": "Base imponible",
        "withholding": "Retención", "total": "Total", "payment": "Forma de pago", "paid": "Pagada", "canceled": "Anulada",
        "page": "Página", "of": "de", "tax": "Impuesto", "on": "sobre",
    },
    "de": {
        "invoice": "Rechnung", "credit_note": "Gutschrift", "date": "Datum", "due": "Fällig am", "paid_on": "Bezahlt am",
        "reference": "Referenz", "customer": "Kunde", "fiscal_id": "Steuernummer", "concept": "Bezeichnung", "quantity": "Menge",
        "price": "Preis", "discount": "Rabatt", "amount": "Betrag", "gross": "Summe", "base": "Nettobetrag", "withholding": "Einbehalt",
        "total": "Gesamtbetrag", "payment": "Zahlung", "paid": "Bezahlt", "canceled": "Storniert", "page": "Seite", "of": "von",
        "tax": "Steuer", "on": "auf",
    },
    "fr": {
        "invoice": "Facture", "credit_note": "Avoir", "date": "Date", "due": "Échéance", "paid_on": "Payée le", "reference": "Référence",
        "customer": "Client", "fiscal_id": "N° fiscal", "concept": "Désignation", "quantity": "Quantité", "price": "Prix",
        "discount": "Remise", "amount": "Montant", "gross": "Somme", "base": "Base HT", "withholding": "Retenue", "total": "Total",
        "payment": "Règlement", "paid": "Payée", "canceled": "Annulée", "page": "Page", "of": "sur", "tax": "Taxe", "on": "sur",
    },
    "it": {
        "invoice": "Fattura", "credit_note": "Nota di credito", "date": "Data", "due": "Scadenza", "paid_on": "Pagata il",
        "reference": "Riferimento", "customer": "Cliente", "fiscal_id": "Codice fiscale", "concept": "Descrizione",
        "quantity": "Quantità", "price": "Prezzo", "discount": "Sconto", "amount": "Importo", "gross": "Somma", "base": "Imponibile",
        "withholding": "Ritenuta", "total": "Totale", "payment": "Pagamento", "paid": "Pagata", "canceled": "Annullata", "page": "Pagina",
        "of": "di", "tax": "Imposta", "on": "su",
    },
    "pt": {
        "invoice": "Fatura", "credit_note": "Nota de crédito", "date": "Data", "due": "Vencimento", "paid_on": "Paga em",
        "reference": "Referência", "customer": "Cliente", "fiscal_id": "NIF", "concept": "Descrição", "quantity": "Quantidade",
        "price": "Preço", "discount": "Desconto", "amount": "Valor", "gross": "Soma", "base": "Base tributável",
        "withholding": "Retenção", "total": "Total", "payment": "Pagamento", "paid": "Paga", "canceled": "Anulada", "page": "Página",
        "of": "de", "tax": "Imposto", "on": "sobre",
    },
}  # fmt: skip

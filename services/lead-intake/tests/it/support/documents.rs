//! ADF documents.

/// One prospect.
pub fn prospect(id: &str, name: &str, phone: &str) -> String {
    let id = if id.is_empty() {
        String::new()
    } else {
        format!("<id source=\"portal\">{id}</id>")
    };
    format!(
        "<prospect>{id}<requestdate>2026-11-20T10:00:00+03:00</requestdate>
         <vehicle interest=\"buy\"><year>2026</year><make>Lada</make><model>Vesta</model></vehicle>
         <customer><contact><name part=\"full\">{name}</name><phone>{phone}</phone></contact></customer></prospect>"
    )
}

/// A document of prospects.
pub fn document(prospects: &[String]) -> String {
    format!("<?adf version=\"1.0\"?><adf>{}</adf>", prospects.concat())
}

/// A document of one prospect.
pub fn one(id: &str, name: &str, phone: &str) -> String {
    document(&[prospect(id, name, phone)])
}

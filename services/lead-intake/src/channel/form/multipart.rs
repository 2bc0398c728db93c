//! `multipart/form-data`, as browsers send a form with a file in it.

use bytes::Bytes;
use futures::{FutureExt as _, stream};
use multer::{Constraints, Multipart, SizeLimit};

use super::fields::{FormLimits, push};
use crate::channel::{Rejection, RejectionCode, charset};

/// Reads the fields. Of a file only its name is a field; its content stays in the input as received.
pub(super) fn read(
    body: &[u8],
    content_type: &str,
    limits: &FormLimits,
) -> Result<Vec<(String, String)>, Rejection> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        broken("Content-Type").expected("multipart/form-data; boundary=…, as the browser writes it")
    })?;
    let size = limits.max_bytes as u64;
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(size).per_field(size));
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(body))]);
    let parts = Multipart::with_constraints(whole, boundary, constraints);
    // The body is here as a whole, so that nothing ever has to be waited for.
    collect(parts, limits)
        .now_or_never()
        .unwrap_or_else(|| Err(broken("body")))
}

async fn collect(
    mut parts: Multipart<'static>,
    limits: &FormLimits,
) -> Result<Vec<(String, String)>, Rejection> {
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| broken("body"))? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let label = part
            .content_type()
            .and_then(|kind| kind.get_param("charset"))
            .map(|label| label.as_str().to_owned());
        let content = part.bytes().await.map_err(|_| broken("body"))?;
        let value = file.unwrap_or_else(|| charset::decode(&content, label.as_deref()).text);
        push(&mut fields, &name, &value, limits)?;
    }
    Ok(fields)
}

fn broken(field: &str) -> Rejection {
    Rejection::new(
        RejectionCode::Malformed,
        "Форма multipart/form-data испорчена или оборвана.",
        "The multipart/form-data form is broken or cut short.",
    )
    .field(field)
    .expected("--boundary, Content-Disposition: form-data; name=\"phone\", …, --boundary--")
}

//! Answers of the front door.

/// What the front door said.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub headers: reqwest::header::HeaderMap,
    pub body: serde_json::Value,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        let content_type = headers
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap())
            .to_owned();
        let status = response.status().as_u16();
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Self {
            status,
            content_type,
            headers,
            body,
        }
    }

    pub fn leads(&self) -> Vec<String> {
        let leads = self.body["leads"].as_array().unwrap().iter();
        leads
            .map(|lead| lead["lead_id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Holds the answer to be a problem document of that status.
    pub fn is_problem(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["type"].as_str().unwrap().starts_with("/problems/"));
        self
    }
}
